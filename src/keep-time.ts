import type { AccessRequest } from './access/access-request.ts'
import { answerGranted } from './answer-reach.ts'
import { endOldQuestions } from './ask-back.ts'
import { findService } from './policy/catalog-lookup.ts'
import { readEdge } from './policy/read.ts'
import { epochSeconds, sayInstant } from './policy/say-time.ts'
import type { Ports } from './ports.ts'
import { bringUpToDate, proposeApproved, refreshCard, tell } from './propose-approved.ts'

/**
 * One look at the clock and at what is under way: pull requests that were merged or closed, approvals whose pull request a crash
 * left unopened, requests that nobody decided, grants whose time is over. Each step is a conditional move in the store, so it is
 * safe to run twice and in several replicas at once.
 */
export async function keepTime(ports: Ports): Promise<void> {
  await endOldQuestions(ports)
  for (const request of await ports.store.listRequests({
    states: ['approved', 'proposed', 'unconfirmed', 'waiting', 'merged'],
  })) {
    try {
      await keepOne(ports, request)
    } catch (cause) {
      ports.log.warn({ request: request.id, cause }, 'could not look after this request; trying again at the next tick')
    }
  }
}

async function keepOne(ports: Ports, request: AccessRequest): Promise<void> {
  switch (request.state) {
    case 'approved':
      return proposeApproved(ports, request)
    case 'proposed':
      return followPullRequest(ports, request)
    case 'unconfirmed':
    case 'waiting':
      return lapse(ports, request)
    case 'merged':
      await verify(ports, request)
      return expire(ports, request)
    default:
      return
  }
}

async function followPullRequest(ports: Ports, request: AccessRequest): Promise<void> {
  if (!request.pullRequest) return
  const pull = await ports.forge.readPullRequest(request.pullRequest.number)
  if (pull.state === 'open') return bringUpToDate(ports, request)
  const merged = pull.state === 'merged'
  const moved = await ports.store.move(request.id, ['proposed'], merged ? 'merged' : 'closed')
  if (!moved) return
  const edge = readEdge((await ports.forge.readEdge()).files)
  await record(ports, request, merged ? 'merged' : 'closed', { pullRequest: pull.number, by: pull.mergedBy ?? null })
  await refreshCard(ports, edge, moved)
  const by = pull.mergedBy === undefined ? '' : ` by ${pull.mergedBy}`
  await tell(
    ports,
    moved,
    merged
      ? mergedWords(moved, `#${pull.number} was merged${by}.`, edge.catalog.timezone)
      : `Pull request #${pull.number} was closed without merging, so nothing changes.`,
  )
}

function mergedWords(request: AccessRequest, first: string, timezone: string): string {
  const until = request.grant?.until
  if (request.action === 'onboard')
    return `${first} The service is there as soon as HAProxy has the change, and closed to everybody until access to it is given.`
  if (request.action === 'revoke') return `${first} The access ends as soon as the devices have the change.`
  const end =
    until === undefined
      ? 'It has no end.'
      : `Both devices end it by themselves on ${sayInstant(epochSeconds(until), timezone)}.`
  return `${first} Access begins as soon as the devices have the change. ${end}`
}

async function lapse(ports: Ports, request: AccessRequest): Promise<void> {
  if (ports.now().getTime() < Date.parse(request.lapsesAt)) return
  const moved = await ports.store.move(request.id, [request.state], 'lapsed')
  if (!moved) return
  await record(ports, request, 'lapsed', {})
  await refreshCard(ports, readEdge((await ports.forge.readEdge()).files), moved)
  const why = request.state === 'unconfirmed' ? 'This was not confirmed in time' : 'Nobody decided in time'
  await tell(ports, moved, `${why}, so this request has lapsed. Ask again if you still need it.`)
}

/**
 * Once after the merge: do the live doors have it? A pipeline of the company's own puts it there, so this is found out by looking.
 * Nothing is said while it is not there, and nothing when a device cannot be seen.
 */
async function verify(ports: Ports, request: AccessRequest): Promise<void> {
  const said = await ports.store.auditTrail({ request: request.id })
  const { grant } = request
  // A service that was set up lets nobody in, so there is nothing that could be seen to be reachable.
  if (!grant || request.action === 'revoke' || said.some((entry) => entry.action === 'verified')) return
  const edge = readEdge((await ports.forge.readEdge()).files)
  const service = findService(edge, request.service)
  if (!service) return
  const now = epochSeconds(ports.now().toISOString())
  const answer = await answerGranted(ports.live, edge, service, grant, now)
  if (answer.verdict !== 'reachable' || answer.unseen.length > 0) return
  await record(ports, request, 'verified', { headline: answer.headline })
  await tell(ports, request, `Live on both doors: ${answer.headline}`)
}

async function expire(ports: Ports, request: AccessRequest): Promise<void> {
  const until = request.grant?.until
  if (until === undefined || ports.now().getTime() <= Date.parse(until)) return
  const moved = await ports.store.move(request.id, ['merged'], 'expired')
  if (!moved) return
  await record(ports, request, 'expired', { until })
  await refreshCard(ports, readEdge((await ports.forge.readEdge()).files), moved)
  await tell(
    ports,
    moved,
    'The time of this access is over: the schedule on the firewall and the date in HAProxy have ended it.',
  )
}

async function record(
  ports: Ports,
  request: AccessRequest,
  action: string,
  detail: Readonly<Record<string, string | number | boolean | null>>,
): Promise<void> {
  await ports.store.record({ at: ports.now().toISOString(), request: request.id, actor: 'sallyport', action, detail })
}

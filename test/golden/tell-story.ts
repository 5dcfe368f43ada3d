import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { AccessRequest } from '../../src/access/access-request.ts'
import { approversOf } from '../../src/access/approval.ts'
import type { CardFacts } from '../../src/access/card-facts.ts'
import type { Change } from '../../src/access/change.ts'
import { cardOf, describeCard } from '../../src/access/describe-change.ts'
import { type Proposed, proposeChanges } from '../../src/access/grant-of-intent.ts'
import { proveChange } from '../../src/access/prove-change.ts'
import { printPullRequest } from '../../src/access/pull-request.ts'
import { clarifyingQuestions } from '../../src/language/clarify.ts'
import { understand } from '../../src/language/understand.ts'
import { findPerson } from '../../src/policy/catalog-lookup.ts'
import type { Edge } from '../../src/policy/edge.ts'
import { readEdge } from '../../src/policy/read.ts'
import type { Message } from '../../src/ports.ts'
import { compileProposed, offersFor, sayNarrower } from '../../src/request-access.ts'
import { printMessage } from '../../src/slack/layout.ts'
import { exampleFiles } from '../policy/edge-files.ts'
import { plain } from '../story/workspace-api.ts'

const NOW = new Date('2026-11-23T09:00:00+01:00')
const ASKED_BY = 'alice'

export type Story = {
  readonly words: string
  /** The files that were written by hand. */
  readonly given: readonly string[]
  /** What is different from the example edge when it begins. */
  readonly edits: readonly StoryEdit[]
  /** What happened before: the story whose change is merged already. */
  readonly after: Story | undefined
}

/** One place of the example edge that reads otherwise; `find` stands there once, and is empty where a file is new. */
const StoryEdit = z.strictObject({ file: z.string(), find: z.string(), put: z.string() })
type StoryEdit = z.infer<typeof StoryEdit>

/** Reads what a story starts from: `message.txt`, and `after.txt` if another story comes first. */
export function openStory(root: string, name: string): Story {
  const read = (file: string) => readFileSync(join(root, name, file), 'utf8').trim()
  const optional = (file: string) => (existsSync(join(root, name, file)) ? read(file) : undefined)
  const [after, edge] = [optional('after.txt'), optional('edge.json')]
  return {
    words: read('message.txt'),
    given: [
      'README.md',
      'message.txt',
      ...(after === undefined ? [] : ['after.txt']),
      ...(edge === undefined ? [] : ['edge.json']),
    ],
    edits: edge === undefined ? [] : z.array(StoryEdit).parse(JSON.parse(edge)),
    after: after === undefined ? undefined : openStory(root, after),
  }
}

/** One file for each stage that the message reaches, and the edge repository as it would be once all is merged. */
export function tellStory(story: Story): { readonly files: ReadonlyMap<string, string>; readonly edge: Edge } {
  const edge = story.after ? tellStory(story.after).edge : readEdge(editedFiles(story.edits))
  const context = { catalog: edge.catalog, services: edge.services, requester: ASKED_BY, now: NOW }
  const intent = understand(story.words, undefined, context)
  const files = new Map([['intent.json', json(intent)]])
  const asks = clarifyingQuestions(intent, context)
  if (asks.length > 0) {
    const questions = asks.map(({ slot, ...asked }) => ({ part: slot, ...asked }))
    return {
      edge,
      files: files.set('answer.txt', said({ kind: 'clarify', clarification: { id: 'q', questions } })),
    }
  }
  const nth = story.after ? 2 : 1
  const proposed = proposeChanges(edge, intent, { now: NOW, requestId: () => `ar-golden000${nth}` })
  if ('ok' in proposed) return { edge, files: files.set('answer.txt', said({ kind: 'note', text: proposed.says })) }
  const [one] = proposed
  if (!one || proposed.length > 1) throw new Error('a golden story makes one change')
  const change = compileProposed(edge, one, NOW.getTime() / 1000)
  if ('ok' in change) {
    const text = [change.says, ...sayNarrower(edge, one, NOW.getTime() / 1000)].join('\n')
    return { edge, files: files.set('answer.txt', said({ kind: 'note', text })) }
  }
  for (const [file, text] of printChange(edge, story.words, intent, one, change)) files.set(file, text)
  return {
    files,
    edge: readEdge(new Map([...edge.files, ...change.edits.map((edit) => [edit.path, edit.after] as const)])),
  }
}

function editedFiles(edits: readonly StoryEdit[]): ReadonlyMap<string, string> {
  const files = new Map(exampleFiles())
  for (const { file, find, put } of edits) {
    const text = files.get(file) ?? ''
    if (text.split(find).length !== 2 && find !== '') throw new Error(`${find} does not stand once in ${file}`)
    files.set(file, find === '' ? put : text.replace(find, () => put))
  }
  return files
}

function printChange(
  edge: Edge,
  words: string,
  intent: AccessRequest['intent'],
  proposed: Proposed,
  change: Change,
): readonly (readonly [string, string])[] {
  const { id, action, notes } = proposed
  const proof = proveChange(edge, change, NOW.getTime() / 1000)
  const approvers = approversOf(edge, change.service)
  const facts = describeCard({
    edge,
    change,
    proof,
    action,
    notes,
    requester: ASKED_BY,
    approvers: approvers.groups,
    haproxyChecked: true,
    offers: offersFor(edge, proposed, NOW.getTime() / 1000, proof),
    reproduce: `npm run -s sallyport -- plan '${words.replaceAll("'", "'\\''")}' --as ${ASKED_BY}`,
  })
  const request = AccessRequest.parse({
    id,
    state: 'waiting',
    action,
    requester: ASKED_BY,
    words,
    channel: 'C0ACCESS',
    thread: '1795420800.000100',
    intent,
    service: change.service.id,
    ...(change.action === 'onboard' ? { newService: change.service } : { grant: change.grant }),
    digest: proof.digest,
    needed: approvers.count,
    approvals: [],
    createdAt: NOW.toISOString(),
    lapsesAt: new Date(NOW.getTime() + 86_400_000).toISOString(),
  })
  const exact = proof.verdict === 'exact'
  const card = exact
    ? cardOf(request, facts)
    : { ...facts, request, approvable: false, status: 'Nothing to decide, and nothing was changed.' }
  return [
    ...facts.diffs.map(({ label, patch }) => [`${label}.diff`, patch] as const),
    ['proof.json', json({ ...facts.proof, notes: facts.notes })],
    ['card.txt', said({ kind: 'card', card })],
    ...(exact ? [['pull-request.md', printApproved(edge, request, facts)] as const] : []),
  ]
}

/** As it is opened once everybody whose approval it takes has given it. */
function printApproved(edge: Edge, waiting: AccessRequest, facts: CardFacts): string {
  const people = edge.catalog.people.filter(({ slack }) => slack !== undefined && facts.approvers.includes(slack))
  const approvals = people.slice(0, waiting.needed).map(({ id }) => ({ by: id, at: '2026-11-23T09:30:00.000Z' }))
  const request: AccessRequest = { ...waiting, state: 'approved', approvals }
  const names = (id: string) => findPerson(edge, id)?.name ?? id
  const { branch, title, body } = printPullRequest({ request, card: cardOf(request, facts), names })
  return `branch: ${branch}\ntitle: ${title}\n\n${body}\n`
}

function said(message: Message): string {
  const { text, blocks } = printMessage(message)
  return `${plain({ text, blocks })}\n`
}

function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`
}

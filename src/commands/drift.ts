import { answerDrift } from '../answer-drift.ts'
import { readArguments, readMoment } from './arguments.ts'
import { openEdge } from './edge-folder.ts'
import { LIVE_SETTINGS, openLiveDoors } from './live-doors.ts'
import { printAnswer } from './print-answer.ts'
import { calledWrongly, FINE, NO, printJson, type Terminal, WORLD_BROKE } from './terminal.ts'

/** `sallyport drift --live`: what the live devices let in that Git does not declare, and the other way round. */
export async function driftCommand(args: readonly string[], io: Terminal): Promise<number> {
  const given = readArguments(args, { live: 'flag', at: 'text', json: 'flag', policies: 'text' })
  if ('wrong' in given) return calledWrongly(io, 'drift', given.wrong)
  if (given.words.length > 0) return calledWrongly(io, 'drift', 'it takes options only.')
  if (!given.flag('live'))
    return calledWrongly(io, 'drift', `drift compares live devices with Git, so it needs --live; ${LIVE_SETTINGS}`)
  const at = readMoment(io, '--at', given.text('at'))
  if ('wrong' in at) return calledWrongly(io, 'drift', at.wrong)
  const edge = await openEdge(io, given.text('policies'))
  if (typeof edge === 'number') return edge
  const live = await openLiveDoors(io, edge)
  if ('wrong' in live) return calledWrongly(io, 'drift', live.wrong)
  try {
    const answer = await answerDrift(live, edge, Math.floor(at.getTime() / 1000), given.text('at') === undefined)
    await (given.flag('json') ? printJson(io, answer) : printAnswer(io, answer))
    if (answer.verdict === 'in-step') return FINE
    return answer.verdict === 'drifted' ? NO : WORLD_BROKE
  } finally {
    await live.close()
  }
}

import { describeIntent } from '../language/describe.ts'
import { readArguments, readMoment } from './arguments.ts'
import { openEdge } from './edge-folder.ts'
import { findRequester } from './find-names.ts'
import { calledWrongly, FINE, printJson, printLine, printLines, type Terminal } from './terminal.ts'
import { actsOf, openModel, openQuestions, sayQuestion, understandWords } from './understand-words.ts'

/** `sallyport ask`: how a message of this person is understood; nothing follows from it. */
export async function askCommand(args: readonly string[], io: Terminal): Promise<number> {
  const given = readArguments(args, { as: 'text', now: 'text', json: 'flag', policies: 'text' })
  if ('wrong' in given) return calledWrongly(io, 'ask', given.wrong)
  const [message, another] = given.words
  if (message === undefined || another !== undefined)
    return calledWrongly(io, 'ask', 'give one message, in quotation marks.')
  const as = given.text('as')
  if (as === undefined) return calledWrongly(io, 'ask', 'say who asks: --as alice.')
  const now = readMoment(io, '--now', given.text('now'))
  if ('wrong' in now) return calledWrongly(io, 'ask', now.wrong)
  const edge = await openEdge(io, given.text('policies'))
  if (typeof edge === 'number') return edge
  const requester = findRequester(edge, as)
  if ('wrong' in requester) return calledWrongly(io, 'ask', requester.wrong)
  const model = await openModel(io)
  if (model && 'wrong' in model) return calledWrongly(io, 'ask', model.wrong)

  const context = { catalog: edge.catalog, services: edge.services, requester: requester.person, now }
  const intent = await understandWords(io, message, context, model)
  if (given.flag('json')) {
    await printJson(io, intent)
    return FINE
  }
  for (const act of actsOf(intent)) {
    await printLine(io, describeIntent(act, context))
    await printLines(io, openQuestions(act, context).map(sayQuestion))
    if ((act.flags ?? []).length > 0) await printLine(io, `Look twice: ${act.flags?.join(', ')}`)
  }
  return FINE
}

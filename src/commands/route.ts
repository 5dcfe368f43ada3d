import { basename } from 'node:path'
import { readHaproxy } from '../haproxy/config.ts'
import { EdgeRequest, prepareRoutes } from '../haproxy/route.ts'
import { readArguments } from './arguments.ts'
import { answerLines } from './json-lines.ts'
import { calledWrongly, FINE, NO, type Terminal, tell } from './terminal.ts'
import { openNamedFiles, openText } from './text-file.ts'

/** `sallyport route`: what one HAProxy does with each request of standard input. */
export async function routeCommand(args: readonly string[], io: Terminal): Promise<number> {
  const given = readArguments(args, { config: 'text', device: 'text', json: 'flag', policies: 'text' })
  if ('wrong' in given) return calledWrongly(io, 'route', given.wrong)
  const path = given.text('config')
  if (path === undefined || path === '-' || given.words.length > 0)
    return calledWrongly(io, 'route', 'name the configuration with --config FILE; requests come on standard input.')
  const file = basename(path)
  const text = await openText(io, path)
  const id = given.text('device') ?? file.replace(/\.[^.]*$/, '')
  const device = readHaproxy({ id }, file, text, await openNamedFiles(path, text))
  if (device.fatal.length > 0)
    await tell(
      io,
      `HAProxy would refuse ${file}, so every verdict depends on that. See: sallyport read --haproxy ${path}`,
    )
  const route = prepareRoutes(device)
  const complete = await answerLines(io, EdgeRequest.omit({ id: true }), (request) => {
    const { because, ...verdict } = route(request)
    return { ...verdict, because: because.map(({ line, says }) => ({ file, line, says })) }
  })
  return complete ? FINE : NO
}

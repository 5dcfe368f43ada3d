import { readHaproxy } from '../haproxy/config.ts'
import { EdgeRequest, prepareRoutes } from '../haproxy/route.ts'
import { readArguments } from './arguments.ts'
import { openHaproxyFiles, readSurroundings } from './haproxy-files.ts'
import { answerLines } from './json-lines.ts'
import { calledWrongly, FINE, NO, type Terminal, tell } from './terminal.ts'

/** `sallyport route`: what one HAProxy does with each request of standard input. */
export async function routeCommand(args: readonly string[], io: Terminal): Promise<number> {
  const given = readArguments(args, {
    config: 'texts',
    device: 'text',
    env: 'texts',
    'haproxy-version': 'text',
    json: 'flag',
    policies: 'text',
  })
  if ('wrong' in given) return calledWrongly(io, 'route', given.wrong)
  const paths = given.texts('config')
  if (paths.length === 0 || paths.includes('-') || given.words.length > 0)
    return calledWrongly(io, 'route', 'name the configuration with --config FILE; requests come on standard input.')
  const surroundings = readSurroundings(given.text('haproxy-version'), given.texts('env'))
  if ('wrong' in surroundings) return calledWrongly(io, 'route', surroundings.wrong)
  const { file, parts, files } = await openHaproxyFiles(io, paths)
  const id = given.text('device') ?? file.replace(/\.[^.]*$/, '')
  const device = readHaproxy({ id }, file, parts, files, surroundings)
  if (device.fatal.length > 0)
    await tell(
      io,
      `HAProxy would refuse ${file}, so every verdict depends on that. See: sallyport read --haproxy ${paths.join(' ')}`,
    )
  const route = prepareRoutes(device)
  const complete = await answerLines(io, EdgeRequest.omit({ id: true }), (request) => {
    const { because, ...verdict } = route(request)
    return { ...verdict, because: because.map((trace) => ({ file: trace.file, line: trace.line, says: trace.says })) }
  })
  return complete ? FINE : NO
}

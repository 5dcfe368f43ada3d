import { describe, expect, test } from 'vitest'
import { readHaproxy } from '../../src/haproxy/config.ts'
import { routeRequest } from '../../src/haproxy/route.ts'
import { freePort, realHaproxy, sendRequest, startHaproxy } from './real.ts'

const FILES = new Map([
  ['words.lst', 'api\n'],
  ['words.map', 'api one\n'],
])

/** Two rules, each for its own path, that look one header up in one file, in two ways. */
function configuration(port: number, first: string, second: string, global = '    nbthread 1'): string {
  return `global
${global}
defaults
    mode http
    timeout connect 1s
    timeout client 2s
    timeout server 2s
frontend f
    bind 127.0.0.1:${port}
    http-request return status 201 if { path /1 } { hdr(t)${first} }
    http-request return status 202 if { path /2 } { hdr(t)${second} }
    http-request return status 204
`
}

const LIST = (method: string) => ` -m ${method} -f words.lst`
const MAP = (method: string) => `,map_${method}(words.map) -m found`

function verdictOf(config: string, path: string, t: string): number | string | null {
  const device = readHaproxy({ id: 'lb' }, 'haproxy.cfg', config, FILES)
  const { status, kind } = routeRequest(device, { bind: '127.0.0.1:80', src: '127.0.0.1', path, headers: [['t', t]] })
  return kind === 'status' ? status : kind
}

describe('a file that is asked by substring and by ending', () => {
  test('answers for both as it did first, so that the verdict hangs on it where the two differ', () => {
    for (const look of [LIST, MAP]) {
      const config = configuration(80, look('sub'), look('end'))
      expect(verdictOf(config, '/1', 'xapix')).toBe('depends')
      expect(verdictOf(config, '/2', 'xapix')).toBe('depends')
      expect(verdictOf(config, '/2', 'xapi')).toBe(202)
      expect(verdictOf(config, '/2', 'none')).toBe(204)
    }
  })

  test('does not when it is asked one way, in other ways, or when nothing is remembered', () => {
    expect(verdictOf(configuration(80, LIST('sub'), LIST('dir')), '/2', 'xapix')).toBe(204)
    expect(verdictOf(configuration(80, LIST('end'), LIST('end')), '/2', 'xapix')).toBe(204)
    const unremembered = configuration(80, LIST('sub'), LIST('end'), '    tune.pattern.cache-size 0')
    expect(verdictOf(unremembered, '/2', 'xapix')).toBe(204)
  })

  test.skipIf(!realHaproxy())('as the real HAProxy does', async () => {
    const answers = async (first: string, second: string, global?: string) => {
      const port = await freePort()
      const haproxy = await startHaproxy(configuration(port, first, second, global), port, FILES)
      const ask = (path: string, t: string) =>
        sendRequest(port, '127.0.0.1', `GET ${path} HTTP/1.1\r\nhost: a\r\nt: ${t}\r\nconnection: close\r\n\r\n`)
      const alone = (await ask('/2', '1xapix')).status
      await ask('/1', '2xapix')
      const after = (await ask('/2', '2xapix')).status
      await haproxy.stop()
      return [alone, after]
    }
    expect(await answers(LIST('sub'), LIST('end'))).toEqual([204, 202])
    expect(await answers(MAP('sub'), MAP('end'))).toEqual([204, 202])
    expect(await answers(LIST('sub'), LIST('dir'))).toEqual([204, 204])
    expect(await answers(LIST('sub'), ' -m end -i -f words.lst')).toEqual([204, 204])
    expect(await answers(LIST('sub'), LIST('end'), '    nbthread 1\n    tune.pattern.cache-size 0')).toEqual([204, 204])
  })
})

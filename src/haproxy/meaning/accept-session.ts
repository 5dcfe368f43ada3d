import type { ProxySection } from '../model.ts'
import { certificateNames } from '../samples/certificates.ts'
import { citeLine } from '../text/line-places.ts'
import { builtIn, CLIENT_TLS, HAS_SNI } from './built-in.ts'
import { end, endUnheard } from './walk-rules.ts'
import type { Walk } from './world.ts'

/** From the accepted connection to the session: the PROXY header, then TLS with a certificate for the name asked for. */
export function acceptSession<S>(
  walk: Walk<S>,
  bind: ProxySection['binds'][number],
  states: readonly S[],
): readonly S[] {
  const { world, frontend } = walk
  const going: S[] = []
  for (const state of states) {
    const wanted = bind.acceptProxy || world.expectsProxy(state)
    const { on, bad } = world.takeProxyHeader(state, wanted)
    if (wanted || bind.ssl) end(walk, frontend, bad, { kind: 'closed' }, bind)
    else if (frontend.mode === 'http')
      for (const each of bad) {
        const { yes, no } = world.split(each, CLIENT_TLS, 'session')
        end(walk, frontend, yes, { kind: 'closed' }, bind)
        endUnheard(walk, frontend, no, { kind: 'status', status: 400 }, bind)
      }
    else going.push(...bad)
    going.push(...on)
  }
  const tls = going.flatMap((state) => {
    const { yes, no } = world.split(state, CLIENT_TLS, 'session')
    if (!bind.ssl) {
      // TLS bytes are no HTTP: the client never reads the 400 that it gets.
      if (frontend.mode === 'http') end(walk, frontend, yes, { kind: 'closed' }, bind)
      return frontend.mode === 'http' ? no : [...no, ...yes]
    }
    end(walk, frontend, no, { kind: 'closed' }, bind)
    return yes.map((each) => world.terminate(each))
  })
  return certificates(walk, bind, tls)
}

function certificates<S>(walk: Walk<S>, bind: ProxySection['binds'][number], states: readonly S[]): readonly S[] {
  let going = states
  const { names, unknown } = bind.strictSni ? certificateNames(bind, walk.device) : ANY_NAME
  if (bind.ssl && bind.strictSni)
    going = going.flatMap((state) => {
      const { yes, no } = walk.world.split(state, HAS_SNI, 'session')
      end(walk, walk.frontend, no, { kind: 'closed' }, bind)
      return yes
    })
  if (bind.ssl && bind.strictSni && unknown === undefined)
    going = going.flatMap((state) => {
      const { yes, no } = walk.world.split(state, builtIn('.certified', 'bool', [], names), 'session')
      end(walk, walk.frontend, no, { kind: 'closed' }, bind)
      return yes
    })
  const unknowns = [
    ...(bind.ssl && unknown !== undefined ? [unknown] : []),
    ...(bind.ssl && bind.verify === 'required' ? ['the client certificate'] : []),
  ]
  for (const name of unknowns)
    going = going.flatMap((state) => {
      const { yes, no } = walk.world.fork(state, `${name} (${citeLine(walk.device, bind.line)})`)
      end(walk, walk.frontend, no, { kind: 'closed' }, bind)
      return yes
    })
  return going
}

const ANY_NAME = { names: [], unknown: undefined }

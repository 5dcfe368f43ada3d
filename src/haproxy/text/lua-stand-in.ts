import type { HaproxyText } from '../text.ts'

/**
 * A Lua script with every name that the configuration calls and nothing behind it: what the configuration says can be checked where
 * the scripts are not. Whether the real scripts know these names, it cannot tell.
 */
export function compileLuaStandIn(text: HaproxyText): string {
  const script = new Map<string, string>()
  for (const { words, presence } of text.lines) {
    if (presence === 'dropped') continue
    const values = words.map((word) => word.value)
    for (const [index, value] of values.entries()) {
      const whole = /^lua\.([\w.-]+)$/.exec(value)?.[1]
      if (whole !== undefined && values[index - 1] === 'use-service')
        script.set(`service ${whole}`, `core.register_service("${whole}", "${modeOf(values)}", function(applet) end)`)
      else if (whole !== undefined && isAction(values, index))
        script.set(`action ${whole}`, actionLine(whole, values.slice(index + 1)))
      else registerSamples(value, script)
    }
  }
  // It may stand in for several scripts, and registering a name twice is an error.
  return ['if not stand_in then', 'stand_in = true', ...script.values(), 'end', ''].join('\n')
}

/** `http-request lua.name …` and its kin; `tcp-request content lua.name …` has one word more. */
function isAction(values: readonly string[], index: number): boolean {
  const [first = ''] = values
  return /^(?:http-request|http-response|http-after-response)$/.test(first)
    ? index === 1
    : /^tcp-/.test(first) && index === 2
}

/** The number of arguments is part of the name: HAProxy takes that many words before it looks for a condition. */
function actionLine(name: string, rest: readonly string[]): string {
  const end = rest.findIndex((word) => word === 'if' || word === 'unless')
  const count = end < 0 ? rest.length : end
  return `core.register_action("${name}", { "tcp-req", "tcp-res", "http-req", "http-res" }, function(txn) end, ${count})`
}

function registerSamples(value: string, script: Map<string, string>): void {
  for (const found of value.matchAll(/(^|[,[{\s]|%\[)lua\.([\w-]+)/g)) {
    const name = found[2] ?? ''
    const kind = found[1] === ',' ? 'converters' : 'fetches'
    script.set(`${kind} ${name}`, `core.register_${kind}("${name}", function(a) return "" end)`)
  }
}

function modeOf(values: readonly string[]): 'http' | 'tcp' {
  return values[0] === 'http-request' ? 'http' : 'tcp'
}

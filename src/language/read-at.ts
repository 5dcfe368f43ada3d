/** What stands at a place: something read, up to `to`; or words that mean several things (`doubt`). */
export type Read<T> = { readonly to: number } & (({ readonly doubt?: undefined } & T) | { readonly doubt: string })

/** Remembers the sticky form of each pattern. */
const sticky = new WeakMap<RegExp, RegExp>()

/** Reads a regular expression at exactly this place. */
export function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | undefined {
  const here = sticky.get(pattern) ?? new RegExp(pattern.source, `${pattern.flags}y`)
  sticky.set(pattern, here)
  here.lastIndex = at
  return here.exec(text) ?? undefined
}

/** How the REST API of FortiOS 7 shapes one attribute. */
export type RestAttribute =
  /** `quoted`: FortiOS prints it in quotes; `initial`: the default, undefined where the release or the device decides. */
  | { readonly kind: 'text'; readonly quoted: boolean; readonly initial: string | undefined }
  | { readonly kind: 'number'; readonly initial: number }
  /** An array of objects with one member each. */
  | { readonly kind: 'list'; readonly member: string }
/** How it shapes one table (cmdb): its key, its attributes with their defaults, and the tables and blocks inside an entry. */
export type RestTable = {
  /** Absent for a singleton such as system/global, and for a block inside an entry. */
  readonly key?: string
  readonly attributes: ReadonlyMap<string, RestAttribute>
  readonly children: Readonly<Record<string, RestTable>>
}

/**
 * One attribute a word: `name` is text, empty by default; `name=default`; `name?` has a default that is not known here; `"` behind
 * the name: printed in quotes; `name:7` is a number; `name[member]` a list. `~` stands for a blank.
 */
export function shape(
  key: string | undefined,
  words: string,
  children: Readonly<Record<string, RestTable>> = {},
): RestTable {
  const attributes = new Map<string, RestAttribute>()
  for (const word of words.trim().split(/\s+/)) {
    const found = /^([a-z0-9-]+)(?:\[([a-z-]+)\]|:(\d+)|(")?(?:=(.+)|(\?))?)$/.exec(word)
    const [, name = word, member, number, quote, initial = '', open] = found ?? []
    if (member !== undefined) attributes.set(name, { kind: 'list', member })
    else if (number !== undefined) attributes.set(name, { kind: 'number', initial: Number(number) })
    else {
      const value = open === undefined ? initial.replaceAll('~', ' ') : undefined
      attributes.set(name, { kind: 'text', quoted: quote !== undefined, initial: value })
    }
  }
  return key === undefined ? { attributes, children } : { key, attributes, children }
}

import type { Member } from './workspace-state.ts'

/** What Slack leaves as it is between angle brackets: mentions of people, channels and groups, dates, links. */
const MARKUP =
  /<(?:@[UW][A-Z0-9]+|#[CG][A-Z0-9]+|!(?:here|channel|everyone|subteam\^|date\^)|https?:\/\/|mailto:)[^<>]*>/g
/** An ampersand that does not begin one of Slack's three entities. */
const AMPERSAND = /&(?!(?:amp|lt|gt);)/g

/**
 * What a person typed, as Slack stores it: `& < >` escaped outside of Slack's own mark-up, `@alice` turned into a mention as the
 * client does, and every mention of somebody unknown left as plain text.
 */
export function typedText(text: string, members: Iterable<Member>): string {
  const handles = new Map([...members].map((member) => [member.name.toLowerCase(), member.id]))
  let stored = ''
  let from = 0
  for (const match of text.matchAll(MARKUP)) {
    stored += plain(text.slice(from, match.index), handles) + match[0]
    from = match.index + match[0].length
  }
  return stored + plain(text.slice(from), handles)
}

function plain(text: string, handles: ReadonlyMap<string, string>): string {
  return text
    .replace(AMPERSAND, '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/(?<![\w.@/])@([a-z0-9][a-z0-9._-]*)/gi, (whole, name: string) => {
      // "@alice." at the end of a sentence is alice.
      const handle = name.toLowerCase().replace(/[._-]+$/, '')
      const id = handles.get(handle)
      return id === undefined ? whole : `<@${id}>${name.slice(handle.length)}`
    })
}

import type { Item } from './items.ts'
import type { Roles, Speaker } from './settle.ts'

/** "need access to wiki": whoever leaves the subject out of such a verb means themselves. */
export function impliedSpeaker(roles: Roles, items: readonly Item[], speaker: Speaker): Roles {
  if (roles.subjects.length > 0 || roles.via.length > 0 || roles.doubts.some(({ slot }) => slot === 'subject'))
    return roles
  const first = items.find(
    (item) =>
      !(
        item.is === 'comma' ||
        item.is === 'stop' ||
        (item.is === 'word' && (item.class === 'filler' || item.class === 'aside'))
      ),
  )
  const verb =
    (first?.is === 'word' && FIRST_PERSON.test(first.word) && !/amos$/.test(first.word)) ||
    items.some(
      (item) => item.is === 'word' && (item.class === 'me' || /^(?:necesito|quiero|brauche|benotige)$/.test(item.word)),
    )
  return verb ? { ...roles, subjects: [{ type: 'person', id: speaker.id }] } : roles
}

const FIRST_PERSON =
  /^(?:need|want|requesting|request|gimme|would like|'d like|brauche|benotige|mochte|necesito|quiero|(?:j')?ai besoin.*|besoin.*|voudrais|dame|necesitamos|queremos)$/

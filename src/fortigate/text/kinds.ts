/** What a statement is. First the verbs that name an attribute, then those of blocks and tables, then what is no command. */
export const KINDS = [
  'set',
  'unset',
  'append',
  'select',
  'unselect',
  'clear',
  'config',
  'edit',
  'next',
  'end',
  'delete',
  'rename',
  'clone',
  'move',
  'purge',
  'comment',
  'blank',
  'prompt',
  'unknown',
] as const
export type Kind = (typeof KINDS)[number]

export const [SET, CONFIG, EDIT, NEXT, END, PURGE, COMMENT, BLANK, PROMPT, UNKNOWN] = [
  KINDS.indexOf('set'),
  KINDS.indexOf('config'),
  KINDS.indexOf('edit'),
  KINDS.indexOf('next'),
  KINDS.indexOf('end'),
  KINDS.indexOf('purge'),
  KINDS.indexOf('comment'),
  KINDS.indexOf('blank'),
  KINDS.indexOf('prompt'),
  KINDS.indexOf('unknown'),
] as const

/** The words of the kinds that are commands, in the order of their numbers. */
export const VERBS = KINDS.slice(0, PURGE + 1)

const LAST_ABOUT_ATTRIBUTE = KINDS.indexOf('clear')

/** Whether a statement of this kind is about one attribute, which its first word names. */
export function namesAttribute(kind: number): boolean {
  return kind <= LAST_ABOUT_ATTRIBUTE
}

import { randomBytes } from 'node:crypto'
import type { z } from 'zod'
import { type Block, interactiveElements, MessageBlocks, ViewDraft } from './block-kit.ts'

/** Either the blocks with every id filled in, or what is wrong with them in the words Slack uses. */
type Checked<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problems: readonly string[] }

/** Checks the blocks of a message and gives ids to what has none, as Slack does. */
export function checkBlocks(value: unknown): Checked<readonly Block[]> {
  const read = MessageBlocks.safeParse(value)
  if (!read.success) return { ok: false, problems: printIssues(read.error, value, '/blocks') }
  const problems = [...idProblems(read.data, '/blocks'), ...menuProblems(read.data, '/blocks')]
  const markdown = read.data.reduce((sum, block) => sum + (block.type === 'markdown' ? block.text.length : 0), 0)
  if (markdown > 12_000) problems.push('[ERROR] markdown blocks must be less than 12001 characters in all')
  if (read.data.filter((block) => block.type === 'table').length > 1)
    problems.push('[ERROR] only_one_table_allowed [json-pointer:/blocks]')
  return problems.length > 0 ? { ok: false, problems } : { ok: true, value: nameBlocks(read.data) }
}

/** Checks a modal or a home tab. */
export function checkView(value: unknown): Checked<ViewDraft> {
  const read = ViewDraft.safeParse(value)
  if (!read.success) return { ok: false, problems: printIssues(read.error, value, '/view') }
  const view = read.data
  const problems = [...idProblems(view.blocks, '/view/blocks'), ...menuProblems(view.blocks, '/view/blocks')]
  if (view.type === 'modal' && !view.submit && view.blocks.some((block) => block.type === 'input'))
    problems.push('[ERROR] missing required field: submit, because there is an input block [json-pointer:/view]')
  if (problems.length > 0) return { ok: false, problems }
  nameBlocks(view.blocks)
  return { ok: true, value: view }
}

function idProblems(blocks: readonly Block[], at: string): string[] {
  const problems: string[] = []
  const blockIds = new Set<string>()
  for (const [index, block] of blocks.entries()) {
    if (block.block_id !== undefined && blockIds.has(block.block_id))
      problems.push(`[ERROR] \`block_id\` "${block.block_id}" already exists [json-pointer:${at}/${index}/block_id]`)
    if (block.block_id !== undefined) blockIds.add(block.block_id)
    // Slack wants action ids unique inside their block; the same one in two blocks is how lists of equal buttons are made.
    const actionIds = new Set<string>()
    for (const element of interactiveElements(block)) {
      if (element.action_id !== undefined && actionIds.has(element.action_id))
        problems.push(`[ERROR] \`action_id\` "${element.action_id}" already exists [json-pointer:${at}/${index}]`)
      if (element.action_id !== undefined) actionIds.add(element.action_id)
    }
  }
  return problems
}

function menuProblems(blocks: readonly Block[], at: string): string[] {
  const problems: string[] = []
  for (const [index, block] of blocks.entries()) {
    for (const element of interactiveElements(block)) {
      const here = `[json-pointer:${at}/${index}]`
      if (element.type === 'static_select' || element.type === 'multi_static_select') {
        if ((element.options === undefined) === (element.option_groups === undefined))
          problems.push(`[ERROR] must have either options or option_groups ${here}`)
      }
      const menu = element.type === 'static_select' || element.type === 'multi_static_select'
      if (menu || element.type === 'overflow') {
        const all = element.type === 'overflow' ? element.options : allOptions(element)
        if (all.some((option) => option.text.type !== 'plain_text'))
          problems.push(`[ERROR] options of a ${element.type} must be plain_text ${here}`)
      }
      const [initial, name] =
        element.type === 'static_select'
          ? [element.initial_option ? [element.initial_option] : [], 'initial_option']
          : element.type === 'multi_static_select'
            ? [element.initial_options ?? [], 'initial_options']
            : [[], '']
      // Whole options are compared: one that has another label is another option.
      const offered = menu ? allOptions(element).map((option) => JSON.stringify(option)) : []
      if (initial.some((option) => !offered.includes(JSON.stringify(option))))
        problems.push(`[ERROR] ${name} must be one of the options ${here}`)
    }
  }
  return problems
}

/** The options of a menu, whether in groups or not. */
export function allOptions<O>(element: {
  readonly options?: readonly O[] | undefined
  readonly option_groups?: readonly { readonly options: readonly O[] }[] | undefined
}): readonly O[] {
  return [...(element.options ?? []), ...(element.option_groups ?? []).flatMap((group) => group.options)]
}

function nameBlocks(blocks: readonly Block[]): readonly Block[] {
  for (const block of blocks) {
    block.block_id ??= randomBytes(4).toString('base64url')
    for (const element of interactiveElements(block)) element.action_id ??= randomBytes(4).toString('base64url')
  }
  return blocks
}

function printIssues(error: z.ZodError, value: unknown, at: string): string[] {
  return error.issues.map((issue) => {
    const pointer = [at, ...issue.path.map(String)].join('/')
    return `[ERROR] ${sayIssue(issue, valueAt(value, issue.path))} [json-pointer:${pointer}]`
  })
}

function sayIssue(issue: z.core.$ZodIssue, found: unknown): string {
  const things = 'origin' in issue && issue.origin === 'array' ? 'items' : 'characters'
  switch (issue.code) {
    case 'too_big':
      return things === 'items'
        ? `no more than ${issue.maximum} items allowed`
        : `must be less than ${Number(issue.maximum) + 1} ${things}`
    case 'too_small':
      return things === 'items'
        ? `no fewer than ${issue.minimum} items allowed`
        : `must be more than ${Number(issue.minimum) - 1} ${things}`
    case 'unrecognized_keys':
      return `invalid additional property: ${issue.keys.join(', ')}`
    case 'invalid_union':
      return found === undefined ? 'missing required field: type' : `unsupported type: ${String(found)}`
    case 'invalid_type':
      return found === undefined
        ? `missing required field: ${String(issue.path.at(-1) ?? 'value')}`
        : `must provide a ${issue.expected}`
    default:
      return issue.message
  }
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let here = value
  for (const key of path) {
    if (typeof here !== 'object' || here === null) return undefined
    here = Reflect.get(here, key)
  }
  return here
}

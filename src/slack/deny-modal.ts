import type { types } from '@slack/bolt'
import { z } from 'zod'
import { printLine } from './mrkdwn.ts'

const REASON_MAX = 500

/** What the modal is about, as Slack keeps it for us until it is submitted. */
const About = z.strictObject({ request: z.string(), channel: z.string(), thread: z.string().optional() })
type About = z.infer<typeof About>

/** The modal that Deny opens: a "no" needs its reason. */
export function printDenyModal(about: About): types.ModalView {
  return {
    type: 'modal',
    callback_id: 'deny',
    private_metadata: JSON.stringify(about),
    title: { type: 'plain_text', text: 'Deny this request' },
    submit: { type: 'plain_text', text: 'Deny' },
    close: { type: 'plain_text', text: 'Back' },
    blocks: [
      {
        type: 'input',
        block_id: 'reason',
        label: { type: 'plain_text', text: 'Why?' },
        hint: { type: 'plain_text', text: 'The requester reads this, and it is kept in the audit trail.' },
        element: {
          type: 'plain_text_input',
          action_id: 'reason',
          multiline: true,
          min_length: 1,
          max_length: REASON_MAX,
        },
      },
      {
        type: 'context',
        elements: [{ type: 'mrkdwn', text: `Request ${printLine(about.request, 60)}`, verbatim: true }],
      },
    ],
  }
}

const Submitted = z.object({
  private_metadata: z.string().transform((text, check) => {
    try {
      return About.parse(JSON.parse(text))
    } catch {
      check.addIssue({ code: 'custom', message: 'not ours' })
      return z.NEVER
    }
  }),
  state: z.object({ values: z.object({ reason: z.object({ reason: z.object({ value: z.string().nullish() }) }) }) }),
})

/** Reads the submitted modal, or says what is wrong with it, by block, as Slack shows it beside the field. */
export function readDenial(
  view: unknown,
):
  | ({ readonly ok: true; readonly reason: string } & About)
  | { readonly ok: false; readonly errors: Record<string, string> } {
  const read = Submitted.safeParse(view)
  if (!read.success)
    return { ok: false, errors: { reason: 'This cannot be read. Please press Deny on the card again.' } }
  const reason = (read.data.state.values.reason.reason.value ?? '').trim()
  if (reason === '') return { ok: false, errors: { reason: 'Please say why, in a few words.' } }
  if (reason.length > REASON_MAX) return { ok: false, errors: { reason: `Please say it in ${REASON_MAX} characters.` } }
  return { ok: true, reason, ...read.data.private_metadata }
}

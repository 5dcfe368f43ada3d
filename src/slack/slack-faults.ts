import { webApi } from '@slack/bolt'
import { Fault } from '../evidence/fault.ts'

/** Runs a call to Slack; whatever goes wrong becomes a Fault that a person may read. */
export async function slackFault<T>(doing: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (error) {
    if (error instanceof Fault) throw error
    const { code, says } = describe(error)
    throw new Fault(code, says, new Error(doing, { cause: error }))
  }
}

/** Slack's own word for why it said no; undefined when it was never asked or did not answer. */
export function refusedWith(error: unknown): string | undefined {
  const inner = error instanceof Fault && error.cause instanceof Error ? error.cause.cause : error
  return inner instanceof webApi.WebAPIPlatformError ? inner.data.error : undefined
}

/** Whether Slack refused because the bot or the person is not in the channel. */
export function isNotThere(error: unknown): boolean {
  return ['user_not_in_channel', 'not_in_channel', 'channel_not_found', 'is_archived'].includes(
    refusedWith(error) ?? '',
  )
}

function describe(error: unknown): { readonly code: string; readonly says: string } {
  const refused = refusedWith(error)
  if (refused !== undefined)
    return { code: 'SLACK_REFUSED', says: REFUSALS[refused] ?? 'Slack did not accept what I tried to do.' }
  if (error instanceof webApi.WebAPIRateLimitedError)
    return { code: 'SLACK_BUSY', says: 'Slack asks me to slow down. Please try again in a minute.' }
  return { code: 'SLACK_UNREACHABLE', says: 'Slack does not answer me just now.' }
}

/** The refusals that somebody can do something about. https://docs.slack.dev/reference/methods/chat.postMessage#errors */
const REFUSALS: Readonly<Record<string, string>> = {
  not_in_channel: 'I am not a member of that channel. Invite me there, then try again.',
  channel_not_found: 'I cannot see that channel. Invite me there, then try again.',
  is_archived: 'That channel is archived, so nobody can write in it.',
  invalid_auth: 'Slack does not accept my token. An administrator has to renew it.',
  not_authed: 'Slack does not accept my token. An administrator has to renew it.',
  account_inactive: 'My Slack account is switched off. An administrator has to renew it.',
  token_revoked: 'My Slack token was revoked. An administrator has to renew it.',
  missing_scope: 'Slack does not let me do that: my app lacks a permission. An administrator has to install it again.',
  expired_trigger_id: 'That took too long for Slack. Please press the button again.',
}

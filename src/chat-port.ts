import type { EditForm, FilledForm } from './access/edit-form.ts'
import type { FormProblems } from './access/filled-form.ts'
import type { RequestCard } from './access/request-card.ts'
import type { Answer } from './drift/answer.ts'

/** Slack, as the ways see it: places to speak in and a closed set of things to say. The adapter lays them out and escapes them. */
export interface Chat {
  /** Posts and answers the message's timestamp, which names it from then on. */
  say(place: Place, message: Message): Promise<string>
  /** Replaces what `say` posted. */
  update(place: Place, timestamp: string, message: Message): Promise<void>
  /** Only this Slack user sees it: errors and refusals, never decisions. */
  whisper(place: Place, slackUser: string, text: string): Promise<void>
  publishHome(slackUser: string, home: Home): Promise<void>
}
/** A channel, and the thread in it; a direct message has its own channel id. */
export type Place = { readonly channel: string; readonly thread?: string }
export type Message =
  /** Plain text; `about` names the request it belongs to, `calls` the Slack users who are to notice it. */
  | { readonly kind: 'note'; readonly text: string; readonly about?: string; readonly calls?: readonly string[] }
  | { readonly kind: 'card'; readonly card: RequestCard }
  | { readonly kind: 'answer'; readonly answer: Answer }
  /** Two questions at most, each with the known things it may be. */
  | { readonly kind: 'clarify'; readonly clarification: Clarification }
  | { readonly kind: 'help' }
export type Clarification = {
  /** Names the stored question; a click carries it back. */
  readonly id: string
  readonly understood?: string
  readonly questions: readonly AskedQuestion[]
  /** Why it can be answered no more. */
  readonly closed?: string
}
export type AskedQuestion = {
  /** Which part of the stored question this is; a click carries it back. */
  readonly part: string
  readonly question: string
  /** The likely answers, as buttons; in a menu when there are more than five. */
  readonly options: readonly Option[]
  /** Every other answer there is, in a menu. */
  readonly others?: readonly Option[]
  /** A day may be picked from a calendar. */
  readonly day?: boolean
  /** The answer it got, in words: then there is nothing to press any more. */
  readonly answered?: string
}
type Option = { readonly value: string; readonly label: string }
export type Home = {
  readonly awaitingMe: readonly HomeEntry[]
  readonly mine: readonly HomeEntry[]
}
export type HomeEntry = {
  readonly request: string
  readonly line: string
  readonly detail: string
  readonly approvable: boolean
  /** Of the proof that is shown, when it can be approved here; comes back with the click. */
  readonly digest?: string
}

/** What comes in from Slack. The adapter keeps each in the store's inbox before it acknowledges, then hands it over here. */
export interface Conversation {
  heard(message: HeardMessage): Promise<void>
  clicked(click: Click): Promise<void>
  /** The Deny modal was submitted. */
  denied(denial: { readonly request: string; readonly slackUser: string; readonly reason: string }): Promise<void>
  /** Somebody pressed Edit: the form, or why they get none, in words. Changes nothing. */
  editing(ask: { readonly request: string; readonly slackUser: string }): Promise<EditForm | { readonly says: string }>
  /** What stands in the way of a filled-in form: field → a sentence. Changes nothing. */
  checkEdit(edit: Edit): Promise<FormProblems>
  /** The form was submitted. */
  edited(edit: Edit): Promise<void>
  homeOpened(slackUser: string): Promise<void>
}
export type Edit = {
  /** Names this submission for good, so that hearing it twice makes nothing twice. */
  readonly id: string
  readonly request: string
  readonly slackUser: string
  readonly form: FilledForm
}
export type HeardMessage = {
  /** Names this message for good (`C0ACCESS:1795420800.000100`), so that hearing it twice makes nothing twice. */
  readonly id: string
  /** Slack user id of the author, from the event. */
  readonly slackUser: string
  readonly place: Place & { readonly thread: string }
  /** Raw Slack text: `<@U0BOT> give …`, `&gt;`, links as `<http://…|…>`. */
  readonly text: string
  readonly direct: boolean
  /** The bot was mentioned by name. */
  readonly mentioned?: boolean
  /** Said with /access: the answer goes to the person or a new thread, because commands have no thread. */
  readonly command?: boolean
}
export type Click = {
  /** Names this click for good, so that hearing it twice does nothing twice. */
  readonly id: string
  readonly action: 'approve' | 'confirm' | 'cancel' | 'answer'
  /** The request, or for `answer` the clarification. */
  readonly target: string
  /**
   * For `answer`, the option or the day picked. For `approve`, the digest of the proof on the card that was clicked: an approval of anything
   * else is void, however old the card is.
   */
  readonly value?: string
  /** For `answer`, which part of the question. */
  readonly part?: string
  readonly slackUser: string
  readonly place: Place
  readonly timestamp: string
}

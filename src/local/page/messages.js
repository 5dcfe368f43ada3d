import { drawBlocks } from './blocks.js'
import { h, icon } from './dom.js'
import { emojiOf } from './emoji.js'
import { mrkdwn } from './mrkdwn.js'
import { empty } from './panels.js'

const TIME = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' })
const DATE = new Intl.DateTimeFormat('en-GB', { weekday: 'long', day: 'numeric', month: 'long' })
const FULL = new Intl.DateTimeFormat('en-GB', { dateStyle: 'full', timeStyle: 'medium' })
/** Seconds within which somebody's next message goes without its head. */
const TOGETHER = 300

/** The messages of a channel. Nodes whose message did not change stay, so that menus and selections survive. */
export function drawMessages(content, channel, context, entered) {
  const { user } = context
  content.dataset.signature = ''
  const messages = (channel?.messages ?? []).filter((one) => !one.ephemeral_for || one.ephemeral_for === user.id)
  const atEnd = entered || content.scrollHeight - content.scrollTop - content.clientHeight < 80
  if (content.dataset.place !== channel?.id || entered) content.replaceChildren()
  content.dataset.place = channel?.id ?? ''
  if (messages.length === 0) content.replaceChildren(welcome(channel, context))
  else {
    const nodes = listNodes(messages, context, content, true)
    content.replaceChildren(
      h('div', { class: 'messages', role: 'log', 'aria-live': 'polite', 'aria-label': 'Messages' }, nodes),
    )
  }
  if (atEnd) content.scrollTop = content.scrollHeight
}

/** The thread beside the channel, with a box of its own. */
export function drawThread(aside, channel, ts, context) {
  const parent = ts && channel?.messages.find((one) => one.ts === ts)
  aside.hidden = !parent
  if (!parent) {
    aside.replaceChildren()
    aside.dataset.key = ''
    return
  }
  const key = `${channel.id} ${ts} ${context.user.id}`
  if (aside.dataset.key !== key) {
    aside.dataset.key = key
    aside.replaceChildren(
      h(
        'header',
        {},
        h('h2', {}, 'Thread'),
        h('span', { class: 'quiet' }, channel.is_im ? 'Sallyport' : `#${channel.name}`),
        h(
          'button',
          {
            type: 'button',
            class: 'icon-button',
            'aria-label': 'Close the thread',
            on: { click: context.closeThread },
          },
          icon('close'),
        ),
      ),
      h('div', { class: 'thread-scroll', data: { testid: 'thread' } }),
      context.composer({ id: 'thread-composer', label: 'Reply …', thread: ts }),
    )
  }
  const scroll = aside.querySelector('.thread-scroll')
  const replies = parent.replies.filter((one) => !one.ephemeral_for || one.ephemeral_for === context.user.id)
  const atEnd = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 80
  const line = replies.length > 0 && h('div', { class: 'replies-line' }, counted(replies.length))
  scroll.replaceChildren(
    h(
      'div',
      { class: 'messages' },
      listNodes([parent], context, scroll, false),
      line,
      listNodes(replies, context, scroll, false),
    ),
  )
  if (atEnd) scroll.scrollTop = scroll.scrollHeight
}

function listNodes(messages, context, old, withThreads) {
  const known = new Map([...old.querySelectorAll('.message')].map((node) => [node.dataset.ts, node]))
  let before
  return messages.flatMap((message) => {
    const [at, last] = [Number(message.ts), Number(before?.ts ?? 0)]
    const day = DATE.format(at * 1000)
    const newDay = !before || DATE.format(last * 1000) !== day
    const together =
      !newDay &&
      before.user === message.user &&
      at - last < TOGETHER &&
      before.ephemeral_for === message.ephemeral_for &&
      before.replies?.length === 0
    before = message
    const signature = JSON.stringify([message, together, context.user.id, context.pulls.length, withThreads])
    const same = known.get(message.ts)
    const node = same?.signature === signature ? same : drawMessage(message, together, context, withThreads)
    node.signature = signature
    return newDay && withThreads ? [h('div', { class: 'day' }, h('span', {}, day)), node] : [node]
  })
}

function drawMessage(message, together, context, withThreads) {
  const author = context.names.member(message.user)
  const when = new Date(Number(message.ts) * 1000)
  const time = h('time', { datetime: when.toISOString(), title: FULL.format(when) }, TIME.format(when))
  const use = { names: context.names, press: context.press(message) }
  const seen = (message.replies ?? []).filter((one) => !one.ephemeral_for || one.ephemeral_for === context.user.id)
  const node = h(
    'article',
    {
      class: `message ${together ? 'together' : ''} ${message.ephemeral_for ? 'ephemeral' : ''}`,
      'aria-label': `${author.real_name}, ${TIME.format(when)}`,
      data: { ts: message.ts, testid: 'message' },
    },
    together ? h('span', { class: 'gutter' }, time) : context.avatar(author),
    h(
      'div',
      { class: 'message-body' },
      message.ephemeral_for && h('div', { class: 'only-you' }, icon('eye'), 'Only visible to you'),
      !together &&
        h(
          'div',
          { class: 'message-head' },
          h('strong', {}, author.real_name),
          message.bot_id && h('span', { class: 'badge' }, 'APP'),
          time,
        ),
      h(
        'div',
        { class: 'blocks' },
        message.blocks.length > 0
          ? drawBlocks(message.blocks, use)
          : h('div', { class: 'text' }, mrkdwn(message.text, context.names)),
        message.edited && h('span', { class: 'quiet edited', title: 'edited' }, '(edited)'),
      ),
      drawReactions(message.reactions ?? []),
      withThreads && seen.length > 0 && drawFooter(message, seen, context),
    ),
    withThreads &&
      !message.ephemeral_for &&
      h(
        'div',
        { class: 'tools' },
        h(
          'button',
          {
            type: 'button',
            class: 'icon-button',
            'aria-label': 'Reply in thread',
            title: 'Reply in thread',
            on: { click: () => context.openThread(message.ts) },
            data: { testid: 'reply' },
          },
          icon('reply'),
        ),
      ),
  )
  leadPulls(node, context.pulls)
  return node
}

function drawReactions(reactions) {
  if (reactions.length === 0) return undefined
  return h(
    'div',
    { class: 'reactions' },
    reactions.map((one) =>
      h('span', { class: 'reaction', title: one.name }, emojiOf(one.name) ?? `:${one.name}:`, ` ${one.users.length}`),
    ),
  )
}

function drawFooter(message, replies, context) {
  const people = [...new Set(replies.map((one) => one.user))]
    .slice(0, 4)
    .map((id) => context.avatar(context.names.member(id), 'tiny'))
  const last = new Date(Number(replies.at(-1).ts) * 1000)
  return h(
    'button',
    {
      type: 'button',
      class: 'thread-link',
      on: { click: () => context.openThread(message.ts) },
      data: { testid: 'open-thread' },
    },
    people,
    h('strong', {}, counted(replies.length)),
    h('span', { class: 'quiet' }, `Last at ${TIME.format(last)}`),
  )
}

function counted(replies) {
  return replies === 1 ? '1 reply' : `${replies} replies`
}

/** Links to pull requests of this workspace open its own page of them. */
function leadPulls(node, pulls) {
  for (const link of node.querySelectorAll('a[href]')) {
    const number = Number(/\/pull\/(\d+)(?:[/?#].*)?$/.exec(link.getAttribute('href'))?.[1])
    const here = ['127.0.0.1', 'localhost', '[::1]'].includes(link.hostname)
    if (!here || !pulls.some((pull) => pull.number === number)) continue
    link.setAttribute('href', `#github/${number}`)
    link.removeAttribute('target')
  }
}

function welcome(channel, context) {
  if (!channel && !location.hash.startsWith('#dm'))
    return empty('Nothing here', 'There is no such channel, or you are not in it.')
  const place = channel && !channel.is_im ? `#${channel.name}` : 'Sallyport'
  const node = empty(
    `This is the start of ${place}`,
    'Ask for access, or why something is unreachable, in your own words.',
  )
  const fill = (text) => () => {
    const box = document.getElementById('composer')
    box.value = text
    box.dispatchEvent(new Event('input'))
    box.focus()
  }
  node.append(
    h(
      'div',
      { class: 'suggestions' },
      context.suggestions.map((text) =>
        h('button', { type: 'button', class: 'suggestion', on: { click: fill(text) } }, text),
      ),
    ),
  )
  return node
}

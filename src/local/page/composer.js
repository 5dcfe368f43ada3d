import { act, h, icon } from './dom.js'

/** Key → text not yet sent, so that switching channels loses nothing. */
const drafts = new Map()

/** The box people write in. Enter sends, Shift+Enter breaks the line, a known `/command` is sent as such. */
export function composer({ id, label, user, channel, thread, commands }) {
  const key = `${user.id} ${channel} ${thread ?? ''}`
  const box = h('textarea', {
    id,
    rows: 1,
    placeholder: label,
    'aria-label': label,
    value: drafts.get(key) ?? '',
    data: { testid: id },
    on: {
      input: () => {
        drafts.set(key, box.value)
        grow()
      },
      keydown: (event) => {
        if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
        event.preventDefault()
        void send()
      },
    },
  })
  const button = h(
    'button',
    {
      type: 'button',
      class: 'send',
      'aria-label': 'Send',
      data: { testid: `${id}-send` },
      on: { click: () => send() },
    },
    icon('send'),
  )
  const grow = () => {
    box.style.height = 'auto'
    box.style.height = `${Math.min(box.scrollHeight, 220)}px`
    button.disabled = box.value.trim() === ''
  }
  const send = async () => {
    const text = box.value.trim()
    if (text === '') return
    const [first] = text.split(/\s/, 1)
    box.value = ''
    drafts.delete(key)
    grow()
    const reply = commands.includes(first)
      ? await act('command', { user: user.name, channel, command: first, text: text.slice(first.length).trim() })
      : await act('say', { user: user.name, channel, text, ...(thread ? { thread_ts: thread } : {}) })
    const lost = !reply.ok && !['operation_timeout', 'no_app_connected'].includes(reply.error)
    if (lost && box.value === '') {
      box.value = text
      grow()
    }
  }
  requestAnimationFrame(grow)
  return h('div', { class: 'composer' }, box, button)
}

import { avatar, h, icon } from './dom.js'

/** `user channel` → timestamp of the last message this tab has shown to that person. */
const seen = new Map()

/** What is on screen counts as read. */
export function markSeen(state, user, where) {
  for (const channel of state.channels) {
    const key = `${user.id} ${channel.id}`
    if (channel.id === where.channel || !seen.has(key)) seen.set(key, latest(channel, user))
  }
}

/** Workspace, channels, the bot, GitHub and devices, and who is looking. */
export function drawSidebar(state, user, where, become) {
  const bot = state.users.find((one) => one.is_bot)
  const direct = `D${user.id.slice(1)}`
  const unread = (id) => {
    const channel = state.channels.find((one) => one.id === id)
    return channel !== undefined && latest(channel, user) > (seen.get(`${user.id} ${id}`) ?? '')
  }
  const mine = state.channels.filter((channel) => !channel.is_im && channel.members.includes(user.id))
  const open = state.pullRequests.filter((pull) => pull.state === 'open').length
  const trouble = state.devices.filter((device) => device.state !== 'up').length
  return [
    h(
      'div',
      { class: 'workspace' },
      h('span', { class: 'avatar bot' }, icon('door')),
      h('strong', {}, state.workspace.name),
    ),
    h(
      'div',
      { class: 'places' },
      h('h2', {}, 'Channels'),
      mine.map((channel) =>
        entry({
          href: `#${channel.id}`,
          mark: '#',
          label: channel.name,
          here: where.channel === channel.id,
          unread: unread(channel.id),
          testid: `channel-${channel.name}`,
        }),
      ),
      h('h2', {}, 'Apps'),
      bot &&
        entry({
          href: '#dm',
          mark: avatar(bot, 'tiny'),
          label: bot.real_name,
          badge: 'APP',
          here: where.channel === direct,
          unread: unread(direct),
          testid: 'nav-dm',
        }),
      entry({ href: '#home', mark: icon('home'), label: 'App Home', here: where.kind === 'home', testid: 'nav-home' }),
      h('h2', {}, 'Behind the scenes'),
      entry({
        href: '#github',
        mark: icon('pull'),
        label: 'GitHub',
        count: open,
        here: where.kind === 'github',
        testid: 'nav-github',
      }),
      entry({
        href: '#devices',
        mark: icon('device'),
        label: 'Devices',
        count: trouble,
        alarm: true,
        here: where.kind === 'devices',
        testid: 'nav-devices',
      }),
    ),
    drawSwitcher(state, user, become),
  ]
}

function entry({ href, mark, label, badge, count, alarm, here, unread, testid }) {
  return h(
    'a',
    { href, class: unread ? 'entry unread' : 'entry', 'aria-current': here ? 'page' : undefined, data: { testid } },
    h('span', { class: 'mark', 'aria-hidden': 'true' }, mark),
    h('span', { class: 'label' }, label),
    badge && h('span', { class: 'badge' }, badge),
    count > 0 && h('span', { class: alarm ? 'count alarm' : 'count' }, String(count)),
    unread && h('span', { class: 'dot', role: 'img', 'aria-label': 'unread' }),
  )
}

let menuOpen = false

/** Who is looking. Everybody of the example can be played from here. */
function drawSwitcher(state, user, become) {
  const people = state.users.filter((one) => !one.is_bot)
  const choose = (one) => () => {
    menuOpen = false
    become(one)
    document.querySelector('[data-testid="user-switcher"]')?.focus()
  }
  const walk = (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    const all = [...event.currentTarget.querySelectorAll('button')]
    if (step) all.at((all.indexOf(document.activeElement) + step) % all.length)?.focus()
    if (step) event.preventDefault()
    if (event.key === 'Escape') toggle()
  }
  const list = h(
    'div',
    { class: 'people', role: 'menu', 'aria-label': 'Act as', hidden: !menuOpen, on: { keydown: walk } },
    people.map((one) =>
      h(
        'button',
        {
          type: 'button',
          role: 'menuitemradio',
          'aria-checked': String(one.id === user.id),
          on: { click: choose(one) },
          data: { testid: `user-option-${one.name}` },
        },
        avatar(one, 'small'),
        h('span', { class: 'label' }, one.real_name),
        h('span', { class: 'quiet' }, one.name),
      ),
    ),
  )
  const toggle = () => {
    menuOpen = !menuOpen
    list.hidden = !menuOpen
    button.setAttribute('aria-expanded', String(menuOpen))
    ;(menuOpen ? list.querySelector('[aria-checked="true"]') : button)?.focus()
  }
  const button = h(
    'button',
    {
      type: 'button',
      class: 'switcher',
      'aria-haspopup': 'menu',
      'aria-expanded': String(menuOpen),
      'aria-label': `You are ${user.real_name}. Act as somebody else`,
      on: { click: toggle },
      data: { testid: 'user-switcher' },
    },
    avatar(user, 'small'),
    h('span', { class: 'label' }, user.real_name, h('small', {}, 'Act as somebody else')),
    icon('chevron'),
  )
  return h('div', { class: 'switch' }, list, button)
}

function latest(channel, user) {
  const mine = channel.messages
    .flatMap((message) => [message, ...message.replies])
    .filter((one) => !one.ephemeral_for || one.ephemeral_for === user.id)
  return mine.reduce((last, one) => (one.ts > last ? one.ts : last), '0')
}

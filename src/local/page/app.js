import { drawBlocks } from './blocks.js'
import { composer } from './composer.js'
import { act, avatar, h, icon } from './dom.js'
import { drawMessages, drawThread } from './messages.js'
import { showModal } from './modal.js'
import { drawDevices, drawGithub, empty } from './panels.js'
import { drawSidebar, markSeen } from './sidebar.js'

const byId = (id) => document.getElementById(id)
const NOBODY = { id: '', name: '', real_name: 'Nobody' }
let state
let drawn = ''

await start()

async function start() {
  byId('menu').append(icon('menu'))
  byId('menu').addEventListener('click', () => document.body.classList.toggle('sidebar-open'))
  byId('curtain').addEventListener('click', () => document.body.classList.remove('sidebar-open'))
  // Whoever picks the place they are at already changes no address, and wants to see it all the same.
  byId('sidebar').addEventListener('click', (event) => {
    if (event.target.closest('a')) document.body.classList.remove('sidebar-open')
  })
  window.addEventListener('hashchange', () => {
    document.body.classList.remove('sidebar-open')
    draw()
    enterPlace()
  })
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && !document.querySelector('dialog[open], [popover]:popover-open')) goTo(place().base)
  })
  await load()
  enterPlace()
  let pending
  const soon = () => {
    clearTimeout(pending)
    pending = setTimeout(load, 30)
  }
  new EventSource('/local/events').addEventListener('message', soon)
  // Devices change by themselves; nobody tells.
  setInterval(() => (['devices', 'github'].includes(place().kind) ? load() : undefined), 4000)
}

async function load() {
  try {
    state = await (await fetch('/local/state')).json()
    document.body.classList.remove('offline')
    draw()
  } catch {
    document.body.classList.add('offline')
  }
}

/** Who looks: this tab's person, so that two tabs can be two people. `?user=` chooses. */
function me() {
  const wanted = new URLSearchParams(location.search).get('user') ?? sessionStorage.getItem('user')
  const people = state.users.filter((user) => !user.is_bot)
  return people.find((user) => user.name === wanted || user.id === wanted) ?? people[0] ?? NOBODY
}

function become(user) {
  sessionStorage.setItem('user', user.name)
  if (location.search) history.replaceState(null, '', location.pathname + location.hash)
  const direct = place().base === '#dm'
  const mine =
    direct || state.channels.some((channel) => channel.id === place().channel && channel.members.includes(user.id))
  drawn = ''
  if (place().kind === 'channel' && !mine) goTo(home(user))
  draw()
  enterPlace()
}

function home(user) {
  const mine = state.channels.filter((channel) => !channel.is_im && channel.members.includes(user.id))
  const first = mine.find((channel) => channel.name.includes('access')) ?? mine[0]
  return first ? `#${first.id}` : '#dm'
}

function goTo(hash) {
  if (location.hash !== hash) location.hash = hash
}

/** `#C0ACCESS`, `#C0ACCESS/<ts>` (a thread), `#dm`, `#home`, `#github`, `#github/3`, `#devices`. */
function place() {
  const [name, rest] = decodeURIComponent(location.hash.slice(1)).split('/')
  if (['home', 'github', 'devices'].includes(name)) return { kind: name, rest, base: `#${name}` }
  if (name === '') return { ...placeOf(home(me()).slice(1)), rest: undefined }
  return { ...placeOf(name), rest }
}

function placeOf(name) {
  return { kind: 'channel', channel: name === 'dm' ? `D${me().id.slice(1)}` : name, base: `#${name}` }
}

function names() {
  return {
    user: (id) => state.users.find((user) => user.id === id)?.real_name,
    channel: (id) => state.channels.find((channel) => channel.id === id)?.name,
    group: (id) => state.groups.find((group) => group.id === id)?.handle,
    people: () => state.users.filter((user) => !user.is_bot),
    member: (id) =>
      state.users.find((user) => user.id === id) ?? { id, name: id, real_name: id === 'USLACKBOT' ? 'Slackbot' : id },
  }
}

/** The home tab is published by the bot when somebody opens it. */
function enterPlace() {
  if (place().kind === 'home') void act('home', { user: me().name })
}

function draw() {
  const [where, user] = [place(), me()]
  const bot = state.users.find((one) => one.is_bot)
  markSeen(state, user, where)
  replaceQuietly(byId('sidebar'), drawSidebar(state, user, where, become))
  showModal(state.views, user, names(), bot)
  drawTitle(where, user)
  document.title = `${titleOf(where, user)} – ${state.workspace.name}`
  // First the box, because its height decides where the end of the messages is.
  drawComposer(where, user)
  drawContent(where, user)
}

/** Puts new nodes in place only if they look different, and gives the focus back to what had it. */
function replaceQuietly(parent, nodes) {
  const next = h('div', {}, nodes)
  if (next.innerHTML === parent.innerHTML) return
  const focused = parent.contains(document.activeElement) ? document.activeElement.dataset.testid : undefined
  parent.replaceChildren(...nodes)
  if (focused) parent.querySelector(`[data-testid="${CSS.escape(focused)}"]`)?.focus()
}

function titleOf(where, user) {
  if (where.kind !== 'channel') return { home: 'Home', github: 'GitHub', devices: 'Devices' }[where.kind]
  const channel = state.channels.find((one) => one.id === where.channel)
  return where.channel === `D${user.id.slice(1)}` ? 'Sallyport' : `#${channel?.name ?? '?'}`
}

function drawTitle(where, user) {
  const channel = state.channels.find((one) => one.id === where.channel)
  const count = channel && !channel.is_im ? `${channel.members.length} members` : undefined
  const subtitle =
    { github: 'The edge repository', devices: 'Both doors, live', home: 'Sallyport' }[where.kind] ?? count
  byId('title').replaceChildren(
    h('h1', {}, titleOf(where, user)),
    subtitle ? h('span', { class: 'quiet' }, subtitle) : '',
  )
}

function drawContent(where, user) {
  const content = byId('content')
  const key = `${where.kind} ${where.channel ?? ''} ${user.id}`
  const thread = byId('thread')
  if (where.kind === 'channel') {
    const channel = state.channels.find((one) => one.id === where.channel)
    drawMessages(content, channel, context(user, channel), key !== drawn)
    drawThread(thread, channel, where.rest, context(user, channel))
  } else {
    thread.hidden = true
    thread.replaceChildren()
    drawPanel(content, where, user, key)
  }
  drawn = key
}

/** Panels are redrawn when what they show changed, and not while somebody types in one. */
function drawPanel(content, where, user, key) {
  const view = state.views.find((one) => one.type === 'home' && one.user === user.id)
  const shown = { home: view, github: state.pullRequests, devices: [state.devices, state.now] }[where.kind]
  const signature = JSON.stringify([key, where.rest, shown])
  const typing = key === drawn && content.querySelector('details.edit[open]')?.contains(document.activeElement)
  if (content.dataset.signature === signature || typing) return
  const [scrolled, opened] = [
    content.scrollTop,
    [...content.querySelectorAll('details.edit[open]')].map((one) => one.id),
  ]
  content.dataset.signature = signature
  content.dataset.place = ''
  if (where.kind === 'home') content.replaceChildren(drawHome(view, user))
  if (where.kind === 'github')
    content.replaceChildren(drawGithub(state, user, names(), where.rest ? Number(where.rest) : undefined))
  if (where.kind === 'devices') content.replaceChildren(drawDevices(state))
  content.scrollTop = key === drawn ? scrolled : 0
  if (key !== drawn) return
  for (const id of opened) byId(id)?.setAttribute('open', '')
}

function drawHome(view, user) {
  if (!view) return empty('Home', 'Sallyport shows here what waits for you and what you have asked for.')
  const press = (_block, element, value) =>
    act('click', { user: user.name, view_id: view.id, action_id: element.action_id, value })
  return h(
    'div',
    { class: 'panel home', data: { testid: 'home' } },
    h('div', { class: 'card blocks' }, drawBlocks(view.blocks, { names: names(), press })),
  )
}

/** What messages need to draw themselves and to act. */
function context(user, channel) {
  return {
    user,
    names: names(),
    pulls: state.pullRequests,
    avatar,
    suggestions: state.workspace.suggestions ?? [],
    openThread: (ts) => goTo(`#${channel?.is_im ? 'dm' : channel?.id}/${ts}`),
    closeThread: () => goTo(place().base),
    press: (message) => (_block, element, value) =>
      act('click', { user: user.name, channel: channel.id, ts: message.ts, action_id: element.action_id, value }),
    composer: (options) => composer({ ...options, user, channel: place().channel, commands: state.workspace.commands }),
  }
}

function drawComposer(where, user) {
  const compose = byId('compose')
  const key = where.kind === 'channel' ? `${where.channel} ${user.id}` : ''
  if (compose.dataset.key === key) return
  compose.dataset.key = key
  compose.replaceChildren()
  if (where.kind !== 'channel') return
  const options = { id: 'composer', label: `Message ${titleOf(where, user)}`, user, channel: where.channel }
  compose.append(composer({ ...options, commands: state.workspace.commands }))
  if (matchMedia('(min-width: 721px)').matches) byId('composer').focus()
}

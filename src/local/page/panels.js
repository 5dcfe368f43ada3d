import { act, h, icon } from './dom.js'
import { markdown } from './markdown.js'

const STATES = { open: 'Open', merged: 'Merged', closed: 'Closed' }

/** Pull requests as the forge has them: newest first, one of them open at a time. */
export function drawGithub(state, me, names, opened) {
  const all = state.pullRequests.toSorted((a, b) => b.number - a.number)
  if (all.length === 0)
    return empty(
      'No pull requests yet',
      'When a request is approved, Sallyport opens a pull request here with the policy and both device configurations.',
    )
  return h(
    'div',
    { class: 'panel' },
    all.map((pull) => drawPull(pull, me, names, opened === undefined ? pull === all[0] : pull.number === opened)),
  )
}

function drawPull(pull, me, names, open) {
  const merge = async (event) => {
    const button = event.currentTarget
    button.setAttribute('aria-busy', 'true')
    await act('merge', { number: pull.number, user: me.name })
    button.removeAttribute('aria-busy')
  }
  const counts = pull.files.map((file) => count(file.patch))
  const total = { added: sum(counts, 'added'), removed: sum(counts, 'removed') }
  return h(
    'details',
    { class: 'card pull', open, data: { testid: `pr-${pull.number}` } },
    h(
      'summary',
      {},
      h('span', { class: `pill ${pull.state}` }, icon('pull'), STATES[pull.state] ?? pull.state),
      h('span', { class: 'pull-title' }, pull.title, h('span', { class: 'quiet' }, ` #${pull.number}`)),
      tally(total),
    ),
    h('p', { class: 'branch' }, h('code', {}, pull.branch)),
    pull.state === 'open' &&
      h(
        'div',
        { class: 'merge-row' },
        h(
          'button',
          { type: 'button', class: 'button primary', on: { click: merge }, data: { testid: `merge-${pull.number}` } },
          'Merge pull request',
        ),
        h('span', { class: 'quiet' }, `as ${me.real_name}`),
      ),
    h('div', { class: 'pull-body' }, markdown(pull.body ?? '', names)),
    pull.files.map((file, index) => drawFile(file, counts[index])),
  )
}

function drawFile(file, counts) {
  return h(
    'section',
    { class: 'file', 'aria-label': file.path },
    h('header', {}, h('code', {}, file.path), tally(counts)),
    h(
      'div',
      { class: 'diff-scroll', tabindex: '0', role: 'region', 'aria-label': `Changes of ${file.path}` },
      h('table', { class: 'diff-table' }, h('tbody', {}, diffRows(file.patch))),
    ),
  )
}

/** A unified diff as rows with both line numbers. */
function diffRows(patch) {
  let [before, after] = [0, 0]
  const rows = []
  for (const line of patch.replace(/\n$/, '').split('\n')) {
    const hunk = /^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@/.exec(line)
    if (hunk) {
      before = Number(hunk[1])
      after = Number(hunk[2])
      rows.push(row('hunk', '', '', line))
    } else if (before === 0 && after === 0) continue
    else if (line.startsWith('+')) rows.push(row('add', '', after++, line))
    else if (line.startsWith('-')) rows.push(row('del', before++, '', line))
    else if (line.startsWith('\\')) rows.push(row('hunk', '', '', line))
    else rows.push(row('same', before++, after++, line))
  }
  return rows
}

function row(kind, before, after, text) {
  return h(
    'tr',
    { class: kind },
    h('td', { class: 'number' }, String(before)),
    h('td', { class: 'number' }, String(after)),
    h('td', {}, h('code', {}, text)),
  )
}

function count(patch) {
  const lines = patch.split('\n')
  const start = lines.findIndex((line) => line.startsWith('@@'))
  const body = lines.slice(Math.max(start, 0))
  return {
    added: body.filter((line) => line.startsWith('+')).length,
    removed: body.filter((line) => line.startsWith('-')).length,
  }
}

function sum(counts, side) {
  return counts.reduce((total, one) => total + one[side], 0)
}

function tally({ added, removed }) {
  return h(
    'span',
    { class: 'tally' },
    h('span', { class: 'plus' }, `+${added}`),
    ' ',
    h('span', { class: 'minus' }, `−${removed}`),
  )
}

/** Both doors, what trouble they are in, and the buttons that make some. */
export function drawDevices(state) {
  return h('div', { class: 'panel' }, drawClock(state), state.devices.map(drawDevice))
}

const STEPS = [
  ['PT1H', '+1 hour'],
  ['P1D', '+1 day'],
  ['P7D', '+1 week'],
]

function drawClock(state) {
  const now = new Date(state.now)
  const words = new Intl.DateTimeFormat('en-GB', {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
  }).format(now)
  return h(
    'section',
    { class: 'card', 'aria-label': 'Clock' },
    h('h3', {}, 'Clock'),
    h('p', {}, h('time', { datetime: state.now, data: { testid: 'clock' } }, words)),
    h(
      'div',
      { class: 'button-row' },
      STEPS.map(([advance, label]) => button(label, () => act('clock', { advance }), `clock-${advance}`)),
    ),
  )
}

const DEVICE_STATES = { up: 'Up', down: 'Down', slow: 'Slow', garble: 'Garbled' }
const TROUBLE = [
  ['up', 'Bring up'],
  ['down', 'Take down'],
  ['slow', 'Make slow'],
  ['garble', 'Garble answers'],
]
const KINDS = { fortigate: 'FortiGate, outer door', haproxy: 'HAProxy, inner door' }

function drawDevice(device) {
  const trouble = (what, more = {}) => act('device', { device: device.id, do: what, ...more })
  return h(
    'section',
    { class: 'card', 'aria-label': device.id, data: { testid: `device-${device.id}` } },
    h(
      'div',
      { class: 'card-head' },
      h('h3', {}, device.id),
      h('span', { class: 'quiet' }, KINDS[device.kind] ?? device.kind),
      h('span', { class: `pill ${device.state}` }, DEVICE_STATES[device.state] ?? device.state),
    ),
    device.note && h('p', { class: 'quiet' }, device.note),
    h(
      'div',
      { class: 'button-row' },
      TROUBLE.filter(([what]) => what !== device.state).map(([what, label]) =>
        button(label, () => trouble(what), `${device.id}-${what}`),
      ),
    ),
    (device.servers ?? []).length > 0 && drawServers(device.servers, trouble),
    drawEdit(device, trouble),
  )
}

function drawServers(servers, trouble) {
  const head = ['Server', 'Status', '', 'Last check']
  const rows = servers.map((one) => {
    const up = /^(UP|no check)/i.test(one.status)
    const what = up ? 'server-down' : 'server-up'
    const press = () => trouble(what, { backend: one.backend, server: one.server })
    return h(
      'tr',
      {},
      h('td', {}, `${one.backend}/${one.server}`),
      h('td', {}, h('span', { class: `pill ${up ? 'up' : 'down'}` }, one.status)),
      h('td', {}, button(up ? 'Take down' : 'Bring up', press, `${what}-${one.backend}-${one.server}`, 'small')),
      h('td', {}, one.lastCheck ?? '–'),
    )
  })
  return h(
    'div',
    { class: 'table-wrap' },
    h(
      'table',
      { class: 'servers' },
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          head.map((one) => h('th', {}, one)),
        ),
      ),
      h('tbody', {}, rows),
    ),
  )
}

/** Somebody edits the live device behind the repository's back: the stuff of drift. */
function drawEdit(device, trouble) {
  const submit = async (event) => {
    event.preventDefault()
    const form = event.currentTarget
    const { find, replace } = Object.fromEntries(new FormData(form))
    const reply = await trouble('edit', { find, replace })
    if (reply.ok) form.reset()
  }
  const field = (name, label) =>
    h(
      'label',
      {},
      label,
      h('textarea', { name, rows: 2, required: name === 'find', spellcheck: 'false', id: `${device.id}-${name}` }),
    )
  return h(
    'details',
    { class: 'edit', id: `edit-${device.id}` },
    h('summary', {}, 'Edit the live configuration by hand'),
    h(
      'form',
      { on: { submit } },
      field('find', 'Find'),
      field('replace', 'Replace with'),
      h(
        'button',
        { type: 'submit', class: 'button', data: { testid: `edit-${device.id}` } },
        'Change it on the device',
      ),
    ),
  )
}

function button(label, act, testid, size = '') {
  const press = async (event) => {
    const node = event.currentTarget
    node.setAttribute('aria-busy', 'true')
    await act()
    node.removeAttribute('aria-busy')
  }
  return h('button', { type: 'button', class: `button ${size}`, on: { click: press }, data: { testid } }, label)
}

/** A place that has nothing yet says what will be there. */
export function empty(title, words) {
  return h('div', { class: 'empty' }, icon('door'), h('h2', {}, title), h('p', {}, words))
}

const SVG = 'http://www.w3.org/2000/svg'

/**
 * Makes an element. Text is always a text node, so nothing that a person, a bot or a device wrote can become mark-up.
 * `on` holds listeners, `data` data-attributes; undefined and false properties are left out.
 */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === false || value === null) continue
    if (name === 'on') for (const [event, listen] of Object.entries(value)) element.addEventListener(event, listen)
    else if (name === 'data') Object.assign(element.dataset, value)
    else if (name === 'value') element.value = value
    else element.setAttribute(name, value === true ? '' : String(value))
  }
  element.append(...children.flat(4).filter((child) => child !== undefined && child !== null && child !== false))
  return element
}

const ICONS = {
  menu: 'M3 6h18M3 12h18M3 18h18',
  home: 'M4 11 12 4l8 7v9h-5v-6H9v6H4z',
  pull: 'M7 4v16M7 4a1 1 0 1 0 0 .1M7 20a1 1 0 1 0 0 .1M17 20v-9a4 4 0 0 0-4-4h-2m2.5-3L11 7l2.5 3M17 20a1 1 0 1 0 0 .1',
  device: 'M4 5h16v6H4zM4 13h16v6H4zM8 8h.1M8 16h.1',
  send: 'M4 12 20 4l-5 16-3.5-6.5z',
  close: 'M6 6l12 12M18 6 6 18',
  reply: 'M5 5h14v10H11l-4 4v-4H5z',
  eye: 'M3 12s3.500-6 9-6 9 6 9 6-3.500 6-9 6-9-6-9-6zM12 10a2 2 0 1 0 .1 0',
  door: 'M5 20V6l7-2v16zM12 20V4l7 2v14zM9.500 12v1M14.500 12v1M3 20h18',
  chevron: 'M7 10l5 5 5-5',
  check: 'M12 3a9 9 0 1 0 .01 0M8 12.500l3 3 5.500-6',
  cross: 'M12 3a9 9 0 1 0 .01 0M9 9l6 6M15 9l-6 6',
  warning: 'M12 3.500 2.500 20h19zM12 10v4.500M12 17v.1',
  clock: 'M12 3a9 9 0 1 0 .01 0M12 7.500V12l3 2',
  lock: 'M6 11h12v9H6zM8.500 11V8a3.500 3.500 0 0 1 7 0v3',
  unlock: 'M6 11h12v9H6zM8.500 11V7a3.500 3.500 0 0 1 6.800-1',
  mag: 'M10.500 4a6.500 6.500 0 1 0 .01 0M15.500 15.500 20 20',
  info: 'M12 3a9 9 0 1 0 .01 0M12 11v5.500M12 7.500v.1',
  question: 'M12 3a9 9 0 1 0 .01 0M9.500 9.500a2.500 2.500 0 1 1 3.500 2.300c-.7.4-1 .9-1 1.700M12 16.700v.1',
  bulb: 'M9 17h6M10 20h4M8.500 14a6 6 0 1 1 7 0c-.3.500-.500 1-.500 2H9c0-1-.2-1.500-.500-2z',
  memo: 'M6 3h9l4 4v14H6zM9.500 11h6M9.500 15h6',
  link: 'M10 14a4 4 0 0 0 5.700 0l3-3A4 4 0 0 0 13 5.300l-1 1M14 10a4 4 0 0 0-5.700 0l-3 3a4 4 0 0 0 5.700 5.700l1-1',
  again: 'M5 12a7 7 0 0 1 12-5l2 2M19 4v5h-5M19 12a7 7 0 0 1-12 5l-2-2M5 20v-5h5',
  disc: 'M12 7a5 5 0 1 0 .01 0z',
}

/** A line icon, hidden from screen readers: the button around it has the words. */
export function icon(name) {
  const svg = document.createElementNS(SVG, 'svg')
  const path = document.createElementNS(SVG, 'path')
  svg.setAttribute('viewBox', '0 0 24 24')
  svg.setAttribute('aria-hidden', 'true')
  svg.setAttribute('class', 'icon')
  path.setAttribute('d', ICONS[name])
  svg.append(path)
  return svg
}

/** A square with initials; the bot has its double door. */
export function avatar(user, size = '') {
  const bot = user?.is_bot
  const words = (user?.real_name ?? user?.id ?? '?').split(/\s+/)
  const initials = [words[0], words.length > 1 ? words.at(-1) : ''].map((word) => [...word][0] ?? '').join('')
  const hue = [...(user?.id ?? '')].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 8, 7)
  return h(
    'span',
    { class: `avatar ${size} ${bot ? 'bot' : `hue-${hue}`}`, 'aria-hidden': 'true' },
    bot ? icon('door') : initials.toUpperCase(),
  )
}

/** Says something in passing; errors stay until the next one or ten seconds. */
function toast(text) {
  const place = document.getElementById('toast')
  place.textContent = text
  clearTimeout(toast.timer)
  toast.timer = setTimeout(() => place.replaceChildren(), 10_000)
}

/** Posts to the workspace; a refusal is shown and returned. */
export async function act(what, body) {
  try {
    const response = await fetch(`/local/${what}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    const reply = await response.json()
    const details = Array.isArray(reply.errors) ? reply.errors.join('; ') : ''
    if (!reply.ok && reply.error !== 'invalid_fields') toast(details || explain(reply.error))
    return reply
  } catch {
    toast('The workspace does not answer. Is it still running?')
    return { ok: false, error: 'unreachable' }
  }
}

function explain(error) {
  if (error === 'operation_timeout') return 'Sallyport didn’t respond. Please try again.'
  if (error === 'no_app_connected') return 'Sallyport is not connected right now.'
  return String(error ?? 'something went wrong').replaceAll('_', ' ')
}

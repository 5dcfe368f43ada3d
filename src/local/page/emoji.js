import { h, icon } from './dom.js'

const BY_NAME = {
  white_check_mark: '✅',
  heavy_check_mark: '✅',
  x: '❌',
  warning: '⚠',
  hourglass: '⌛',
  hourglass_flowing_sand: '⏳',
  alarm_clock: '⏰',
  lock: '🔒',
  unlock: '🔓',
  key: '🔑',
  door: '🚪',
  shield: '🛡',
  eyes: '👀',
  mag: '🔍',
  no_entry: '⛔',
  no_entry_sign: '🚫',
  bulb: '💡',
  memo: '📝',
  pencil2: '📝',
  link: '🔗',
  bell: '🔔',
  calendar: '📅',
  information_source: 'ℹ',
  question: '❓',
  rotating_light: '🚨',
  arrows_counterclockwise: '🔄',
  red_circle: '🔴',
  large_green_circle: '🟢',
  large_yellow_circle: '🟡',
  large_orange_circle: '🟠',
  white_circle: '⚪',
  wave: '👋',
  rocket: '🚀',
  tada: '🎉',
  point_right: '👉',
  '+1': '👍',
  thumbsup: '👍',
  '-1': '👎',
  thumbsdown: '👎',
}

/** Signs that carry meaning are drawn, so that they look the same where no emoji font is installed. */
const DRAWN = {
  '✅': ['check', 'good'],
  '✔': ['check', 'good'],
  '❌': ['cross', 'bad'],
  '✖': ['cross', 'bad'],
  '⛔': ['cross', 'bad'],
  '🚫': ['cross', 'bad'],
  '⚠': ['warning', 'warn'],
  '🚨': ['warning', 'bad'],
  '⏳': ['clock', 'dim'],
  '⌛': ['clock', 'dim'],
  '⏰': ['clock', 'warn'],
  '⏱': ['clock', 'dim'],
  '🔒': ['lock', 'dim'],
  '🔓': ['unlock', 'good'],
  '🚪': ['door', 'good'],
  '🔍': ['mag', 'dim'],
  ℹ: ['info', 'note'],
  '❓': ['question', 'note'],
  '💡': ['bulb', 'warn'],
  '📝': ['memo', 'dim'],
  '🔗': ['link', 'note'],
  '🔄': ['again', 'note'],
  '🔴': ['disc', 'bad'],
  '🟢': ['disc', 'good'],
  '🟡': ['disc', 'warn'],
  '🟠': ['disc', 'warn'],
  '⚪': ['disc', 'dim'],
}
const SIGN = new RegExp(`(${Object.keys(DRAWN).join('|')})\\uFE0F?`, 'u')

/** `:white_check_mark:` by its name; undefined when nobody knows it. */
export function emojiOf(name) {
  const sign = BY_NAME[name]
  return sign === undefined ? undefined : draw(sign, name)
}

/** Text with its meaningful signs drawn. */
export function withSigns(text) {
  return text.split(SIGN).map((part, index) => (index % 2 === 1 ? draw(part, part) : part))
}

function draw(sign, name) {
  const label = name.replaceAll('_', ' ')
  const drawn = DRAWN[sign]
  if (!drawn) return h('span', { role: 'img', 'aria-label': label }, sign)
  return h('span', { role: 'img', 'aria-label': label, class: `sign ${drawn[1]}` }, icon(drawn[0]))
}

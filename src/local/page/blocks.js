import { h } from './dom.js'
import { drawElement, picture, plain, textOf } from './elements.js'
import { emojiOf } from './emoji.js'
import { markdown } from './markdown.js'
import { codeBlock, formatDate, link, mention } from './mrkdwn.js'

/**
 * Draws Block Kit. `use` says what happens with elements: `use.names` looks names up, `use.press(block, element, value)` acts,
 * `use.form` is set in modals, where inputs are kept until the submission, `use.value(block, element)` is what was typed before.
 */
export function drawBlocks(blocks, use) {
  return blocks.map((block) =>
    h('div', { class: `block ${block.type}`, data: { block: block.block_id ?? '' } }, drawBlock(block, use)),
  )
}

function drawBlock(block, use) {
  switch (block.type) {
    case 'section':
      return [
        h(
          'div',
          { class: 'section-text' },
          block.text && h('div', { class: 'text' }, textOf(block.text, use.names)),
          block.fields &&
            h(
              'div',
              { class: 'fields' },
              block.fields.map((field) => h('div', { class: 'text' }, textOf(field, use.names))),
            ),
        ),
        block.accessory && h('div', { class: 'accessory' }, drawElement(block, block.accessory, use)),
      ]
    case 'header':
      return h('h3', {}, plain(block.text))
    case 'divider':
      return h('hr')
    case 'context':
      return block.elements.map((element) =>
        element.type === 'image' ? picture(element) : h('span', { class: 'text' }, textOf(element, use.names)),
      )
    case 'actions':
      return block.elements.map((element) => drawElement(block, element, use))
    case 'image':
      return [block.title && h('div', { class: 'image-title' }, plain(block.title)), picture(block)]
    case 'input':
      return drawInput(block, use)
    case 'rich_text':
      return block.elements.map((element) => drawRich(element, use.names))
    case 'markdown':
      return markdown(block.text, use.names)
    case 'table':
      return h(
        'table',
        {},
        block.rows.map((row, index) =>
          h(
            'tr',
            {},
            row.map((cell) =>
              h(
                index === 0 ? 'th' : 'td',
                {},
                cell.type === 'raw_text' ? cell.text : cell.elements.map((one) => drawRich(one, use.names)),
              ),
            ),
          ),
        ),
      )
    default:
      return h('em', {}, `A block of type ${block.type} is not drawn here.`)
  }
}

function drawInput(block, use) {
  const error = use.errors?.[block.block_id]
  const id = `in-${block.block_id}`
  const group = block.element.type === 'checkboxes' || block.element.type === 'radio_buttons'
  return h(
    group ? 'fieldset' : 'div',
    { class: error ? 'input-block wrong' : 'input-block' },
    h(
      group ? 'legend' : 'label',
      group ? {} : { for: id },
      plain(block.label),
      block.optional && h('span', { class: 'optional' }, ' (optional)'),
    ),
    drawElement(block, block.element, { ...use, id, invalid: Boolean(error), inForm: use.form }),
    error && h('p', { class: 'field-error', role: 'alert', id: `${id}-error` }, error),
    block.hint && h('p', { class: 'hint' }, plain(block.hint)),
  )
}

function drawRich(element, names) {
  const parts = () => element.elements.map((one) => richInline(one, names))
  switch (element.type) {
    case 'rich_text_section':
      return h('p', {}, parts())
    case 'rich_text_quote':
      return h('blockquote', {}, parts())
    case 'rich_text_preformatted':
      return codeBlock(element.elements.map((one) => one.text ?? one.url ?? '').join(''))
    case 'rich_text_list': {
      const items = element.elements.map((one) =>
        h(
          'li',
          {},
          one.elements.map((part) => richInline(part, names)),
        ),
      )
      return h(element.style === 'ordered' ? 'ol' : 'ul', { class: `indent-${element.indent ?? 0}` }, items)
    }
    default:
      return undefined
  }
}

function richInline(element, names) {
  const { style = {} } = element
  let node = richLeaf(element, names)
  if (style.code) node = h('code', {}, node)
  if (style.bold) node = h('strong', {}, node)
  if (style.italic) node = h('em', {}, node)
  if (style.strike) node = h('s', {}, node)
  return node
}

function richLeaf(element, names) {
  switch (element.type) {
    case 'text':
      return h('span', { class: 'pre' }, element.text)
    case 'link':
      return link(element.url, element.text) ?? element.text ?? element.url
    case 'user':
      return mention(`@${names.user(element.user_id) ?? element.user_id}`)
    case 'usergroup':
      return mention(`@${names.group(element.usergroup_id) ?? 'group'}`)
    case 'channel':
      return mention(`#${names.channel(element.channel_id) ?? element.channel_id}`)
    case 'emoji':
      return emojiOf(element.name) ?? `:${element.name}:`
    case 'broadcast':
      return mention(`@${element.range}`)
    case 'date':
      return formatDate(new Date(element.timestamp * 1000), element.format)
    default:
      return ''
  }
}

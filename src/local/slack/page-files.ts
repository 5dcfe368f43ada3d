import { readFile } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'

const FOLDER = new URL('../page/', import.meta.url)
const TYPES = { html: 'text/html', js: 'text/javascript', css: 'text/css', svg: 'image/svg+xml' } as const
/** The files of the page. A list, so that no path a browser can think of leads anywhere else. */
const FILES = [
  'index.html',
  'style.css',
  'sidebar.css',
  'messages.css',
  'controls.css',
  'panels.css',
  'narrow.css',
  'app.js',
  'blocks.js',
  'composer.js',
  'dom.js',
  'elements.js',
  'emoji.js',
  'markdown.js',
  'messages.js',
  'modal.js',
  'mrkdwn.js',
  'panels.js',
  'sidebar.js',
] as const
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/** Serves a file of the page; false when the path names none. */
export async function servePage(path: string, response: ServerResponse): Promise<boolean> {
  const name = path === '/' ? 'index.html' : FILES.find((file) => path === `/${file}`)
  if (name === undefined) return false
  const kind = Object.entries(TYPES).find(([ending]) => name.endsWith(`.${ending}`))?.[1] ?? 'text/plain'
  const text = await readFile(new URL(name, FOLDER))
  response.writeHead(200, {
    'content-type': `${kind}; charset=utf-8`,
    'content-security-policy': POLICY,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-cache',
  })
  response.end(text)
  return true
}

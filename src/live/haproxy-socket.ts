import { connect, type NetConnectOpts } from 'node:net'
import { haproxyFault, socketFault } from './haproxy-faults.ts'

export type HaproxyRuntimeAccess = {
  readonly device: string
  /** Path of the stats socket, or `host:port`. `master@` before it says that it is the master's (`haproxy -S`). */
  readonly socket: string
  readonly timeoutMs?: number | undefined
}

const TIMEOUT_MS = 3_000
const ANSWER_LIMIT_BYTES = 64 * 1024 * 1024
const MASTER = /^master@/

/**
 * The whole list of what may be sent. A reference is a file name without blanks and separators, or `#` and a number. There is no
 * `show env`: the environment of a process holds secrets.
 */
const NAME = '[^\\s;\\\\<>#@*][^\\s;\\\\<>]*'
const QUESTIONS = [
  /^show version$/,
  /^show info(?: (?:typed|json))?$/,
  /^show stat(?: (?:typed|json))?$/,
  new RegExp(`^show servers state(?: ${NAME})?$`),
  new RegExp(`^show (?:acl|map)(?: (?:#\\d+|${NAME}))?$`),
  new RegExp(`^show ssl cert(?: ${NAME})?$`),
  new RegExp(`^show ssl crt-list(?: (?:-n )?${NAME})?$`),
  new RegExp(`^show table(?: ${NAME})?$`),
  /^show sess$/,
  /^show proc$/,
]

/** Sends one allowed question and answers the text without its severity marks. Errors of HAProxy leave as a Fault. */
export async function askHaproxy(access: HaproxyRuntimeAccess, question: string): Promise<string> {
  const { device } = access
  if (!QUESTIONS.some((allowed) => allowed.test(question))) throw haproxyFault(device, 'not-a-question')
  const master = MASTER.test(access.socket)
  const raw = await exchange(access, master ? throughMaster(question) : `set severity-output number;${question}\n`)
  if (raw.trim() === '') {
    // A worker ends even an empty list with a line of its own; the line of `set` alone is an answer that broke off.
    if (raw === (master ? '\n' : '\n\n')) return ''
    throw haproxyFault(device, 'no-answer')
  }
  // Each answer ends with an empty line, and one that does not broke off.
  if (!raw.endsWith('\n\n') && !(master && UNMARKED.test(raw))) throw haproxyFault(device, 'truncated')
  return readMarks(device, raw.replace(/^\n/, ''))
}

/** The master keeps the connection open until `quit`; it knows no severities, and hands a worker's through without them. */
function throughMaster(question: string): string {
  return question === 'show proc' ? 'show proc;quit\n' : `@1 ${question};quit\n`
}

const UNMARKED = /^(?:Unknown |Permission denied|Can't |This command|Usage|Missing |No such |'[^'\n]*' )/

function readMarks(device: string, answer: string): string {
  const marked = /^\[([0-7])\]: ?([\s\S]*)$/.exec(answer)
  const text = marked?.[2] ?? answer
  const refusal = new Error(text.split('\n')[0] ?? '')
  if (marked && Number(marked[1]) <= 3) throw haproxyFault(device, 'refused', 'with an error', refusal)
  if (/^(?:Unknown command|Permission denied)/.test(text))
    throw haproxyFault(device, 'refused', 'that it may not tell', refusal)
  if (!marked && UNMARKED.test(text)) throw haproxyFault(device, 'refused', 'with an error', refusal)
  return text
}

function exchange(access: HaproxyRuntimeAccess, line: string): Promise<string> {
  const { device, timeoutMs = TIMEOUT_MS } = access
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    const socket = connect(placeOf(access))
    const fail = (fault: Error) => {
      clearTimeout(timer)
      socket.destroy()
      reject(fault)
    }
    const limit = timeoutMs < 1000 ? `${timeoutMs} milliseconds` : `${timeoutMs / 1000} seconds`
    const timer = setTimeout(() => fail(haproxyFault(device, 'timeout', limit)), timeoutMs)
    socket.on('error', (error) => fail(socketFault(device, error)))
    socket.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size > ANSWER_LIMIT_BYTES) fail(haproxyFault(device, 'too-large', `${ANSWER_LIMIT_BYTES / 1024 / 1024} MiB`))
      else chunks.push(chunk)
    })
    socket.on('end', () => {
      clearTimeout(timer)
      resolve(Buffer.concat(chunks).toString('utf8'))
    })
    socket.write(line)
  })
}

function placeOf({ device, socket }: HaproxyRuntimeAccess): NetConnectOpts {
  const place = socket.replace(MASTER, '')
  if (place.includes('/')) return { path: place.replace(/^unix@/, '') }
  const found = /^(?:ipv[46]@)?\[?(.+?)\]?:(\d{1,5})$/.exec(place)
  if (!found?.[1]) throw haproxyFault(device, 'address')
  return { host: found[1], port: Number(found[2]) }
}

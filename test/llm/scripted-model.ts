import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** One answer of the scripted server: a status with a body, or silence. */
export type Answer =
  | {
      readonly status?: number
      readonly body: string
      readonly type?: string
      readonly headers?: Record<string, string>
      /** Begins like this and never ends: the rest does not come, or it goes on and on. */
      readonly afterwards?: 'silence' | 'more'
    }
  | 'silence'

/** Answers in their order, the last again and again; or what to say to this body, the n-th that was asked. */
type Script = readonly Answer[] | ((body: Record<string, unknown>, asked: number) => Answer | undefined)

type Asked = {
  readonly path: string
  readonly body: Record<string, unknown>
  readonly raw: string
  readonly headers: IncomingMessage['headers']
}

/** An OpenAI-compatible server that says what it is told to. */
export async function openScriptedModel(script: Script): Promise<{
  readonly baseURL: string
  readonly asked: readonly Asked[]
  close(): Promise<void>
}> {
  const asked: Asked[] = []
  const server = createServer((request, response) => void serve(request, response))
  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let raw = ''
    for await (const chunk of request) raw += String(chunk)
    const body: Record<string, unknown> = JSON.parse(raw)
    asked.push({ path: request.url ?? '', body, raw, headers: request.headers })
    const answer =
      typeof script === 'function' ? script(body, asked.length) : script[Math.min(asked.length, script.length) - 1]
    if (answer === undefined || answer === 'silence') return
    response.writeHead(answer.status ?? 200, { 'content-type': answer.type ?? 'application/json', ...answer.headers })
    if (answer.afterwards === 'silence') response.write(answer.body)
    else if (answer.afterwards === 'more') goOn(response, answer.body)
    else response.end(answer.body)
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port }: AddressInfo = Object.assign({ port: 0, address: '', family: '' }, server.address())
  return {
    baseURL: `http://127.0.0.1:${port}/v1`,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}

/** As fast as it is taken, until nobody takes it any more. */
function goOn(response: ServerResponse, body: string): void {
  let open = true
  response.once('close', () => {
    open = false
  })
  const more = (): void => {
    while (open && response.write(body));
    if (open) response.once('drain', more)
  }
  more()
}

/** A chat completion that says this. */
export function chat(content: string, more: { finish_reason?: string; refusal?: string } = {}): Answer {
  const message = { role: 'assistant', content: more.refusal ? null : content, refusal: more.refusal ?? null }
  return {
    body: JSON.stringify({
      id: 'c1',
      object: 'chat.completion',
      model: 'scripted',
      created: 0,
      choices: [{ index: 0, message, finish_reason: more.finish_reason ?? 'stop' }],
    }),
  }
}

/** The same in the form of the responses API. */
export function responses(text: string): Answer {
  return {
    body: JSON.stringify({
      id: 'r1',
      object: 'response',
      model: 'scripted',
      status: 'completed',
      output: [
        {
          type: 'message',
          id: 'm1',
          role: 'assistant',
          status: 'completed',
          content: [{ type: 'output_text', text, annotations: [] }],
        },
      ],
    }),
  }
}

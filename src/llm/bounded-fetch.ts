/** Far more than any answer that fits the schema takes; what goes on for longer is not read to its end. */
const MOST_BYTES = 1_000_000

/** Like `fetch`, but a body that goes on and on is an error instead of the end of our memory. */
export async function boundedFetch(url: string | URL | Request, init?: RequestInit): Promise<Response> {
  const response = await fetch(url, init)
  if (!response.body) return response
  let bytes = 0
  const counted = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      bytes += chunk.byteLength
      if (bytes > MOST_BYTES) controller.error(new TooLong())
      else controller.enqueue(chunk)
    },
  })
  const { status, statusText, headers } = response
  return new Response(response.body.pipeThrough(counted), { status, statusText, headers })
}

/** Somebody sent more than was asked for. */
export class TooLong extends Error {
  override readonly name = 'TooLong'
  constructor() {
    super('the answer goes on and on')
  }
}

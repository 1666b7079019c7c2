import { Agent, type IncomingMessage, request as open } from 'node:http'

const agent = new Agent({ keepAlive: true, maxSockets: 64 })

export interface Ask {
  url: URL
  method?: string
  headers?: Record<string, string>
  /** Sent as JSON. */
  body?: unknown
  /** Sent as they are. */
  bytes?: Buffer
  /** The status of a refusal that is measured; otherwise one of 2xx is due. */
  status?: number
}

function send({
  url,
  method = 'GET',
  headers = {},
  body,
  bytes: raw,
}: Ask): Promise<IncomingMessage> {
  const bytes = body === undefined ? raw : Buffer.from(JSON.stringify(body))
  const sized = bytes && {
    'content-type': raw ? 'application/octet-stream' : 'application/json',
    'content-length': String(bytes.length),
  }
  return new Promise((resolve, reject) => {
    const sent = open(String(url), { agent, method, headers: { ...headers, ...sized } }, resolve)
    sent.on('error', reject)
    sent.end(bytes)
  })
}

/** The body of the answer that is due; any other ends the run, for it would be measured as if it were that one. */
export async function call(ask: Ask): Promise<string> {
  const answer = await send(ask)
  let text = ''
  answer.setEncoding('utf8')
  for await (const piece of answer) text += String(piece)
  const status = answer.statusCode ?? 0
  const isDue = ask.status === undefined ? status < 300 : status === ask.status
  if (!isDue) throw new Error(`${ask.method ?? 'GET'} ${ask.url.href}: ${status} ${text}`)
  return text
}

/** How many bytes the answer has; they are not looked at. */
export async function drain(ask: Ask): Promise<number> {
  const answer = await send(ask)
  let length = 0
  for await (const piece of answer) length += (piece as Buffer).length
  if (answer.statusCode !== 200) throw new Error(`${ask.url.href}: ${answer.statusCode}`)
  return length
}

export const callJson = async <T>(ask: Ask): Promise<T> => JSON.parse(await call(ask)) as T

/** Milliseconds until the answer has `mark` in it; the rest is read, so that the next call is not in its way. */
export async function timeTo(mark: string, ask: Ask): Promise<number> {
  const start = performance.now()
  const answer = await send(ask)
  let text = ''
  let at: number | null = null
  answer.setEncoding('utf8')
  for await (const piece of answer) {
    text += String(piece)
    if (at === null && text.includes(mark)) at = performance.now()
  }
  if (at === null) throw new Error(`${ask.url.href}: no ${mark} in ${answer.statusCode} ${text}`)
  return at - start
}

import { WebSocketChatTransport } from 'ai-v7'
import { expect, test } from 'vitest'

import {
  type UIMessage,
  chatWith,
  messagesOf,
  storedIn,
  textOf,
  whenSaid,
} from '../../support/ai-sdk.ts'
import { type Client, as, send } from '../../support/api.ts'
import { withCookie } from '../../support/cookies.ts'
import { network } from '../../support/network.ts'
import { says, scripted } from '../../support/questions.ts'
import { sessionToken } from '../../support/tokens.ts'

/** A browser's WebSocket, over the front door. */
function socketOf(headers: Record<string, string>) {
  return class {
    readyState = 0
    onopen: (() => void) | null = null
    onmessage: ((event: { data: unknown }) => void) | null = null
    onclose: ((event: { code: number; reason: string }) => void) | null = null
    onerror: (() => void) | null = null
    #socket: WebSocket | null = null

    constructor(url: URL) {
      void this.#open(url.pathname)
    }

    async #open(path: string) {
      const { webSocket } = await send(path, { headers: { upgrade: 'websocket', ...headers } })
      this.#socket = webSocket
      if (!webSocket) return this.onerror?.()
      webSocket.accept()
      webSocket.addEventListener('message', ({ data }) => this.onmessage?.({ data }))
      webSocket.addEventListener('close', ({ code, reason }) => {
        this.readyState = 3
        this.onclose?.({ code, reason })
      })
      this.readyState = 1
      this.onopen?.()
    }

    send = (data: string) => this.#socket?.send(data)
    close = (code?: number, reason?: string) => this.#socket?.close(code, reason)
  }
}

const transportOf = (headers: Record<string, string>, own: Record<string, string> = {}) =>
  new WebSocketChatTransport<UIMessage>({
    url: 'wss://api.test/api/chat-socket',
    headers,
    webSocket: socketOf(own) as never,
  })

const chatOf = ({ headers }: Client, options: { id?: string; messages?: UIMessage[] } = {}) =>
  chatWith(7, transportOf(headers), options)

test('chats over a WebSocket, two at once, and is told what is wrong in words', async () => {
  const client = await as.user()
  const transport = transportOf(client.headers)
  const keys = [await scripted(says('One')), await scripted(says('Two'))]
  const chats = keys.map(() => chatWith(7, transport, {}))
  await Promise.all(chats.map((chat, index) => chat.sendMessage({ text: `Hello #${keys[index]}` })))
  expect(chats.map((chat) => chat.messages.map(textOf)[1])).toEqual(['One', 'Two'])
  for (const chat of chats) expect(await storedIn(client, chat.id)).toEqual(messagesOf(chat))
  await chats[0]!.sendMessage({ text: 'x'.repeat(300_000) })
  expect(chats[0]!.error?.message).toContain('Longer than 262144 bytes')
  const nobody = chatOf(as.nobody)
  await nobody.sendMessage({ text: 'Hello' })
  expect(nobody.error?.message).toMatch(/^Say who you are/)
})

test('goes on with a reply that runs, and says if none does', async () => {
  const client = await as.user()
  const key = crypto.randomUUID()
  await network.script(key, [{ text: 'One' }, { gate: key }, { text: ' two' }, { finish: 'stop' }])
  const first = chatOf(client)
  const sent = first.sendMessage({ text: `Hello #${key}` })
  await whenSaid(first, 'One')
  await first.stop()
  await sent
  const chat = chatOf(client, { id: first.id, messages: await storedIn(client, first.id) })
  const resumed = chat.resumeStream()
  await whenSaid(chat, 'One')
  await network.open(key)
  await resumed
  expect(messagesOf(chat)).toEqual(await storedIn(client, chat.id))
  expect(textOf(chat.messages[1]!)).toBe('One two')
  await chat.resumeStream()
  expect(chat.status).toBe('ready')
})

test('a page of the same site needs no token; one of another gets nothing by the cookie', async () => {
  const { cookie } = withCookie(await sessionToken(crypto.randomUUID()))
  const key = await scripted(says('One'))
  const chat = chatWith(7, transportOf({}, { cookie: cookie!, origin: 'https://api.test' }), {})
  await chat.sendMessage({ text: `Hello #${key}` })
  expect(chat.error).toBeUndefined()
  const forged = transportOf({}, { cookie: cookie!, origin: 'https://evil.test' })
  const other = chatWith(7, forged, { id: chat.id })
  await other.sendMessage({ text: 'Mine' })
  expect(other.error?.message).toMatch(/^Say who you are/)
  await other.resumeStream()
  expect(other.error?.message).toMatch(/^Say who you are/)
})

test('a socket that speaks otherwise is closed', async () => {
  const plain = await send('/api/chat-socket')
  expect([plain.status, plain.headers.get('upgrade')]).toEqual([426, 'websocket'])
  for (const said of ['no json', '{}', '{"type":"send","requestId":"r"}', new ArrayBuffer(3)]) {
    const { webSocket } = await send('/api/chat-socket', { headers: { upgrade: 'websocket' } })
    const closed = new Promise<number>((done) => {
      webSocket!.addEventListener('close', ({ code }) => done(code))
    })
    webSocket!.accept()
    webSocket!.send(said)
    expect(await closed).toBe(1008)
  }
})

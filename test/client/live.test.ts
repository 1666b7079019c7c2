import { expect, onTestFinished, test, vi } from 'vitest'

import { type LiveFrame, Hilo } from '../../src/client/client.ts'
import { type Client, append, as, at, send } from '../support/api.ts'
import { givenConversation, userMessages } from '../support/given.ts'
import { eventually } from '../support/record.ts'
import { userToken } from '../support/tokens.ts'

/** Browsers' `WebSocket`, with the Worker under test behind it, and a network that can be cut. */
function givenWebSockets() {
  const opened: WebSocketOfAPage[] = []
  const closings: number[] = []
  const sockets = Object.assign(opened, { closings, onNew: (): void => {} })
  class WebSocketOfAPage extends EventTarget {
    // The Worker runs beside the page, and knows its own sockets by this.
    static readonly READY_STATE_OPEN = WebSocket.READY_STATE_OPEN
    static readonly OPEN = WebSocket.OPEN
    #socket: WebSocket | null = null

    constructor(url: string, protocols: string[]) {
      super()
      opened.push(this)
      queueMicrotask(() => sockets.onNew())
      void this.#open(url, protocols)
    }

    async #open(url: string, protocols: string[]): Promise<void> {
      const { pathname, search } = new URL(url)
      const headers = { upgrade: 'websocket', 'sec-websocket-protocol': protocols.join(', ') }
      const { webSocket } = await send(pathname + search, { headers })
      if (!webSocket) return this.#ends(1006, '')
      this.#socket = webSocket
      webSocket.addEventListener('message', ({ data }) =>
        this.dispatchEvent(Object.assign(new Event('message'), { data })),
      )
      webSocket.addEventListener('close', ({ code, reason }) => this.#ends(code, reason))
      webSocket.accept()
      this.dispatchEvent(new Event('open'))
    }

    get readyState(): number {
      return this.#socket ? WebSocket.OPEN : 0
    }

    #ends(code: number, reason: string): void {
      this.dispatchEvent(Object.assign(new Event('close'), { code, reason }))
    }

    send = (text: string) => this.#socket?.send(text)
    close = (code: number) => {
      closings.push(this.readyState)
      this.#socket?.close(code)
    }

    /** The connection is lost, without a word of the other side. */
    cut(): void {
      this.close(1001)
      this.#ends(1006, '')
    }
  }
  vi.stubGlobal('WebSocket', WebSocketOfAPage)
  onTestFinished(() => {
    vi.unstubAllGlobals()
  })
  return sockets
}

async function aPage(id: string, user: string, after?: number) {
  const frames: LiveFrame[] = []
  const ends: string[] = []
  const losses: number[] = []
  const seqs = () => frames.filter(({ event }) => event === 'message').map(({ seq }) => seq)
  let isOnline = true
  const hilo = new Hilo({
    url: 'https://hilo.test/',
    token: () => userToken(user),
    retries: 0,
    fetch: async (request) => {
      if (!isOnline) throw new TypeError('fetch failed')
      const { pathname, search } = new URL(request.url)
      return send(pathname + search, new Request(request) as unknown as RequestInit)
    },
  })
  const live = hilo.live(id, {
    ...(after === undefined ? {} : { after }),
    onFrame: (frame) => frames.push(frame),
    onLost: () => losses.push(seqs().length),
    onEnd: (reason) => ends.push(reason),
  })
  onTestFinished(() => live.close())
  return { live, frames, ends, losses, seqs, goes: (online: boolean) => (isOnline = online) }
}

async function given(): Promise<{ user: string; ann: Client; id: string }> {
  const user = crypto.randomUUID()
  const ann = await as.user(user)
  return { user, ann, id: await givenConversation(ann, { messages: userMessages(2) }) }
}

test('follows from where a page is, and after each cut from what came last, without a gap', async () => {
  const sockets = givenWebSockets()
  const { user, ann, id } = await given()
  const page = await aPage(id, user, 1)
  await eventually(async () => page.seqs().length === 1)
  for (const seq of [3, 4, 5]) {
    sockets.at(-1)?.cut()
    await append(ann, id, userMessages(1, seq))
    await eventually(async () => page.seqs().includes(seq))
  }
  expect(page.seqs()).toEqual([2, 3, 4, 5])
  expect(page.frames.filter(({ event }) => event === 'check')).toEqual([])
  expect([sockets.length, page.ends]).toEqual([4, []])
  // Each time it was told that it was lost, before what it had missed came.
  expect(page.losses).toEqual([1, 2, 3])
})

test('a page that was offline comes back', async () => {
  const sockets = givenWebSockets()
  const { user, ann, id } = await given()
  const page = await aPage(id, user, 2)
  await eventually(async () => page.frames.some(({ event }) => event === 'ready'))
  page.goes(false)
  sockets.at(-1)?.cut()
  await append(ann, id, userMessages(1, 3))
  await scheduler.wait(700)
  expect(page.seqs()).toEqual([])
  page.goes(true)
  await eventually(async () => page.seqs().length === 1)
  expect(page.ends).toEqual([])
})

test('says why, once, when it ends for good', async () => {
  givenWebSockets()
  const { user, ann, id } = await given()
  const page = await aPage(id, user)
  await eventually(async () => page.frames.some(({ event }) => event === 'ready'))
  await ann.post(`${at(id)}/erase`)
  await eventually(async () => page.ends.length === 1)
  expect(page.ends).toEqual(['The conversation is erased'])
  const stranger = await aPage(id, crypto.randomUUID())
  await eventually(async () => stranger.ends.length === 1)
  expect(stranger.ends).toEqual(['404 No such conversation'])
})

test('closed by the page it tells nothing more, and opens no other', async () => {
  const sockets = givenWebSockets()
  const { user, ann, id } = await given()
  const page = await aPage(id, user, 2)
  await eventually(async () => page.frames.some(({ event }) => event === 'ready'))
  page.live.close()
  await append(ann, id, userMessages(1, 3))
  await scheduler.wait(500)
  expect([sockets.length, page.seqs(), page.ends]).toEqual([1, [], []])
})

test('one that is closed while it connects is closed once it is open, and tells nothing more', async () => {
  const opened = givenWebSockets()
  const { user, id } = await given()
  let isClosed = false
  opened.onNew = () => {
    opened[0]!.addEventListener('close', () => (isClosed = true))
    live.close()
  }
  const { live, frames, ends } = await aPage(id, user)
  await eventually(async () => isClosed)
  expect(opened.closings).toEqual([WebSocket.OPEN])
  expect([frames, ends]).toEqual([[], []])
})

test('one that is closed before it has a ticket never connects', async () => {
  const opened = givenWebSockets()
  const { user, id } = await given()
  const { live, ends } = await aPage(id, user)
  live.close()
  const { live: other } = await aPage(id, user)
  await eventually(async () => opened.length === 1)
  other.close()
  expect(ends).toEqual([])
})

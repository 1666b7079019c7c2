import { keyOf } from '../../contract/caller.ts'
import { CLIENT_FRAME_BYTES, SOCKETS_PER_CALLER } from '../../contract/limits.ts'
import type { LiveFrame } from '../../contract/live.ts'
import type { Message } from '../../contract/message.ts'
import { type Answer, refuse } from '../../contract/problem.ts'
import type { ReplyEnd } from '../../contract/reply-events.ts'
import { utf8Bytes } from '../../contract/text.ts'
import { log as logEvent, nameOf } from '../../events.ts'
import { type Addresses, filesIn, withAddresses } from '../../files/addressed.ts'
import type { Piece } from '../../model/model.ts'
import type { Core } from '../duties/core.ts'
import type { Duties } from '../duties/duties.ts'
import { toRead } from '../log/access.ts'
import type { Log } from '../log/log.ts'
import type { Head } from '../log/rows.ts'
import { toMessages } from '../log/wire.ts'
import type { CurrentReply } from '../reply/current.ts'
import type { RunningReply } from '../reply/running-reply.ts'
import { InOrder } from './in-order.ts'
import { Line, type Listener, encoded } from './line.ts'
import {
  conversationFrame,
  endedFrame,
  messageFrame,
  readyFrame,
  removedFrame,
  saidFrames,
  startedFrame,
} from './live-frames.ts'
import { Signing } from './signing.ts'

/** How many messages are read at once for who has missed some. */
const CATCH_UP = 50

/**
 * Tells connected clients what happens, as it happens. Nobody waits for them: what they can't be sent they find
 * in the log when they connect again. An object that nobody talks to hibernates, and its sockets stay.
 */
export class Live {
  readonly #ctx: DurableObjectState
  readonly #log: Log
  readonly #duties: Duties
  readonly #current: CurrentReply
  readonly #signing: Signing
  readonly #lines = new WeakMap<WebSocket, Line>()
  /** Addresses of files take a moment to be made: what happens meanwhile is told after them. */
  readonly #telling = new InOrder()

  constructor(
    { ctx, log, duties, settings }: Pick<Core, 'ctx' | 'log' | 'duties' | 'settings'>,
    current: CurrentReply,
  ) {
    this.#ctx = ctx
    this.#log = log
    this.#duties = duties
    this.#signing = new Signing({ log, settings }, (error) => this.#failed(error))
    this.#current = current
  }

  /** A socket for a caller who has read access. `after` is the last message they have; null if they want no earlier ones. */
  connect(head: Head, listener: Listener, after: number | null): Answer<{ socket: WebSocket }> {
    const { caller } = listener
    if (after !== null && after > head.lastSeq) {
      const detail = `The last message is ${head.lastSeq}`
      return refuse('invalid-request', { errors: [{ pointer: '?after', detail }] })
    }
    const theirs = this.#open().filter((line) => keyOf(line.caller) === keyOf(caller))
    if (theirs.length >= SOCKETS_PER_CALLER) {
      const detail = `At most ${SOCKETS_PER_CALLER} sockets in one conversation. Close one.`
      return refuse('too-many-sockets', { detail, retry_after: 10 })
    }
    // First: a socket that nothing closes in its time must not stay if this fails.
    if (caller.expiresAt !== null) this.#duties.hasten('sockets', caller.expiresAt, Date.now())
    const pair = new WebSocketPair()
    this.#ctx.acceptWebSocket(pair[1])
    // Answered without waking the object.
    this.#ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair('ping', 'pong'))
    const line = Line.open(pair[1], listener, after ?? head.lastSeq)
    this.#lines.set(pair[1], line)
    this.#catchUp(line)
    return { ok: true, socket: pair[0] }
  }

  #open(): Line[] {
    return this.#ctx
      .getWebSockets()
      .map((socket) => this.#lineOf(socket))
      .filter((line) => line.isOpen)
  }

  #lineOf(socket: WebSocket): Line {
    const line = this.#lines.get(socket) ?? Line.of(socket)
    this.#lines.set(socket, line)
    return line
  }

  /**
   * No faster than it is read. What comes meanwhile is in the log, and so comes in its turn.
   *
   * @param addresses of files that come next, as far as they are made
   */
  #catchUp(line: Line, addresses: Addresses = new Map()): void {
    if (line.isWaiting || this.#log.head() === null) return
    for (;;) {
      const { rows, hasMore } = this.#log.after(line.seq, CATCH_UP)
      const messages = toMessages(this.#log, rows)
      const unsigned = filesIn(messages).filter((id) => !addresses.has(id))
      if (line.origin !== undefined && unsigned.length > 0) {
        return this.#catchUpWith(line, unsigned, addresses)
      }
      for (const message of withAddresses(messages, addresses)) {
        if (!line.isOpen || !line.isKeepingUp) return
        line.sendMessage(encoded(messageFrame(message)), message.seq)
      }
      if (!hasMore) break
    }
    const head = this.#log.head()
    if (head === null) return
    line.live()
    line.send(encoded(readyFrame(head, line.seq)))
    const reply = this.#current.running
    if (reply === null) return
    line.send(encoded(startedFrame(reply)))
    for (const frame of saidFrames(reply, reply)) line.send(encoded(frame))
  }

  // Everything is read again after that: what a message says may be deleted meanwhile.
  #catchUpWith(line: Line, unsigned: string[], addresses: Addresses): void {
    line.isWaiting = true
    void this.#signing.addresses(line.origin, unsigned).then((more) => {
      line.isWaiting = false
      this.#each([line], () => this.#catchUp(line, new Map([...addresses, ...more])))
    })
  }

  isHeard(): boolean {
    return this.#open().some((line) => line.isLive)
  }

  appended(messages: Message[]): void {
    const lines = this.#open().filter((line) => line.isLive)
    this.#show(lines, messages, messageFrame)
  }

  /** Words of a message were deleted. Who is still catching up may have been sent them. */
  removed(message: Message): void {
    const lines = this.#open().filter((line) => line.isLive || line.seq >= message.seq)
    this.#show(lines, [message], removedFrame)
  }

  /** Some of its fields have changed, perhaps whose it is. */
  changed(): void {
    const head = this.#log.head()
    if (head === null) return
    const strangers = this.#open().filter((line) => !toRead(head, line.caller).ok)
    this.#each(strangers, (line) => line.close('not-yours'))
    this.#tell(() => conversationFrame(head))
  }

  started(reply: RunningReply): void {
    this.#tell(() => startedFrame(reply))
  }

  /** @param piece what is new of it */
  said(reply: RunningReply, piece: Piece): void {
    for (const frame of saidFrames(reply, piece)) this.#tell(() => frame)
  }

  ended(reply: RunningReply, end: ReplyEnd): void {
    this.#tell(() => endedFrame(reply, end))
  }

  /** Tells everybody that the conversation is gone, and closes. */
  erased(): void {
    const frame = encoded({ event: 'erased' })
    this.#each(this.#open(), (line) => {
      line.send(frame)
      line.close('erased')
    })
  }

  hear(socket: WebSocket, said: string | ArrayBuffer): void {
    const line = this.#lineOf(socket)
    const bytes = typeof said === 'string' ? utf8Bytes(said) : said.byteLength
    if (bytes > CLIENT_FRAME_BYTES) line.close('too-big')
    else if (line.hear(said) && !line.isLive) this.#catchUp(line)
  }

  /** Closes what a token opened that has expired by now, also if nothing happens that would tell. */
  expire(now: number): void {
    const lines = this.#open()
    for (const line of lines.filter((one) => one.isExpired(now))) line.close('expired')
    const times = lines.filter((one) => !one.isExpired(now)).map(({ caller }) => caller.expiresAt)
    const next = Math.min(...times.map((time) => time ?? Infinity))
    if (next === Infinity) this.#duties.done('sockets')
    else this.#duties.postpone('sockets', next, 0, now)
  }

  #show(lines: Line[], messages: Message[], frame: (message: Message) => LiveFrame): void {
    if (lines.length === 0) return
    const tell = (message: Message, those: Line[]) => {
      const one = encoded(frame(message))
      this.#each(those, (line) => line.sendMessage(one, message.seq))
    }
    if (filesIn(messages).length === 0) {
      return this.#telling.do(() => messages.forEach((message) => tell(message, lines)))
    }
    const origins = new Set(lines.map(({ origin }) => origin))
    this.#telling.after(this.#signing.messages(origins, messages), (shown) => {
      for (const [origin, all] of shown) {
        const those = lines.filter((line) => line.origin === origin)
        for (const message of all) tell(message, those)
      }
    })
  }

  // Who is still catching up finds it in the log.
  #tell(frame: () => LiveFrame): void {
    const lines = this.#open().filter((line) => line.isLive)
    if (lines.length === 0) return
    const one = encoded(frame())
    this.#telling.do(() => this.#each(lines, (line) => line.send(one)))
  }

  // To be told is no part of what happens: a socket that fails must not fail it, nor the others.
  #each(lines: Line[], tell: (line: Line) => void): void {
    for (const line of lines) {
      try {
        tell(line)
      } catch (error) {
        this.#failed(error)
      }
    }
  }

  #failed(error: unknown): void {
    const id = this.#ctx.id.name ?? ''
    logEvent({ event: 'duty-failed', conversation_id: id, duty: 'live', error: nameOf(error) })
  }
}

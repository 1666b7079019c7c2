import type { Caller } from '../../contract/caller.ts'
import { CHECK_BYTES, UNREAD_BYTES } from '../../contract/limits.ts'
import { type Closing, type LiveFrame, closings } from '../../contract/live.ts'
import { utf8Bytes } from '../../contract/text.ts'

/** Who listens, and where. */
export interface Listener {
  caller: Caller
  /** The deployment's address, where they can read files; a Worker of the version before does not say. */
  origin?: string | undefined
}

/** What is known of a socket; it outlives hibernation as the socket's attachment. */
interface Known extends Listener {
  /** The last message that was sent. */
  seq: number
  /** Whether all that was missed is sent, so that what happens goes straight out. */
  isLive: boolean
  /** Bytes sent that the client has not shown to have read. */
  unread: number
  /** How many of them its answer to the check that is out will show it to have read; null if none is out. */
  checking: number | null
  checks: number
  strays: number
}

/** Messages that a client may send though nothing asks for any: more are a flood. */
const STRAYS = 20

/** A frame, encoded once for all who are sent it. */
export interface Encoded {
  text: string
  bytes: number
}

export function encoded(frame: LiveFrame): Encoded {
  const text = JSON.stringify(frame)
  return { text, bytes: utf8Bytes(text) }
}

/**
 * One client's WebSocket. How much of what was sent has arrived the runtime does not tell (workerd has no
 * `bufferedAmount`), so after every so many bytes the client is asked to send a check back.
 */
export class Line {
  readonly #socket: WebSocket
  readonly #known: Known
  /** Whether addresses are being made for what it missed. */
  isWaiting = false

  private constructor(socket: WebSocket, known: Known) {
    this.#socket = socket
    this.#known = known
  }

  static open(socket: WebSocket, listener: Listener, seq: number): Line {
    const count = { unread: 0, checking: null, checks: 0, strays: 0 }
    const line = new Line(socket, { ...listener, seq, isLive: false, ...count })
    line.#keep()
    return line
  }

  static of(socket: WebSocket): Line {
    return new Line(socket, socket.deserializeAttachment() as Known)
  }

  get caller(): Caller {
    return this.#known.caller
  }

  get origin(): string | undefined {
    return this.#known.origin
  }

  get seq(): number {
    return this.#known.seq
  }

  get isLive(): boolean {
    return this.#known.isLive
  }

  get isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN
  }

  /** Whether the client reads as fast as it is sent to. */
  get isKeepingUp(): boolean {
    return this.#known.unread < 2 * CHECK_BYTES
  }

  isExpired(now: number): boolean {
    const { expiresAt } = this.#known.caller
    return expiresAt !== null && now >= expiresAt
  }

  sendMessage(frame: Encoded, seq: number): void {
    this.#known.seq = Math.max(seq, this.#known.seq)
    this.send(frame)
    this.#keep()
  }

  send({ text, bytes }: Encoded): void {
    if (!this.isOpen) return
    if (this.isExpired(Date.now())) return this.close('expired')
    const known = this.#known
    if (known.unread + bytes > UNREAD_BYTES) return this.close('unread')
    known.unread += bytes
    this.#socket.send(text)
    if (known.checking === null && known.unread >= CHECK_BYTES) this.#check()
  }

  #check(): void {
    const known = this.#known
    known.checks += 1
    known.checking = known.unread
    this.#socket.send(encoded({ event: 'check', n: known.checks }).text)
    this.#keep()
  }

  live(): void {
    this.#known.isLive = true
    this.#keep()
  }

  /** Takes what the client sends. Whether it has shown that it reads on. */
  hear(said: string | ArrayBuffer): boolean {
    const known = this.#known
    if (known.checking !== null && said === encoded({ event: 'check', n: known.checks }).text) {
      known.unread -= known.checking
      known.checking = null
      if (known.unread >= CHECK_BYTES) this.#check()
      this.#keep()
      return true
    }
    known.strays += 1
    if (known.strays > STRAYS) this.close('flood')
    this.#keep()
    return false
  }

  close(why: Closing): void {
    if (!this.isOpen) return
    const [code, reason] = closings[why]
    this.#socket.close(code, reason)
  }

  // Not for every delta: until the next message or check the object is awake and remembers.
  #keep(): void {
    this.#socket.serializeAttachment(this.#known)
  }
}

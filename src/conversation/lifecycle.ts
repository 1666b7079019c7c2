import { DurableObject } from 'cloudflare:workers'

import { ring } from './duties/alarm.ts'
import { Door } from './duties/door.ts'
import { connect, connectOf } from './live/connect.ts'
import { type Parts, alarmOf, openParts, wakeUp } from './parts.ts'

/** What the platform calls by itself: to wake the object, for its alarm, and for sockets. */
export class Lifecycle extends DurableObject<Env> {
  protected parts: Parts
  protected door: Door

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.parts = openParts(ctx, () => this.env)
    this.door = doorOf(this.parts)
  }

  // The one thing that RPC can't carry. Only the Worker can ask it.
  override fetch(request: Request): Response {
    const closed = this.door.closed()
    if (closed) return Response.json(closed)
    const connected = connect(this.parts, connectOf(request))
    if (!connected.ok) return Response.json(connected)
    return new Response(null, { status: 101, webSocket: connected.socket })
  }

  override webSocketMessage(socket: WebSocket, said: string | ArrayBuffer): void {
    if (this.door.closed() === null) this.parts.live.hear(socket, said)
  }

  // A client that closes waits for the answer.
  override webSocketClose(socket: WebSocket): void {
    socket.close()
  }

  // Nothing may leave an alarm's handler: the platform gives up after a few tries, and the duty with it.
  override async alarm(): Promise<void> {
    const { erasure } = this.parts
    const isGone = await ring(alarmOf(this.parts))
    if (!isGone) return
    const wipedAt = Date.now()
    await this.ctx.blockConcurrencyWhile(() => this.#wipe())
    await erasure.forget(wipedAt)
  }

  // What still runs has the old parts, whose log finds nothing, whatever is created in its place.
  async #wipe(): Promise<void> {
    await this.parts.log.wipe()
    this.parts = openParts(this.ctx, () => this.env)
    this.door = doorOf(this.parts)
  }
}

const doorOf = (parts: Parts): Door => new Door(parts, parts.current, () => wakeUp(parts))

import { HiloError, sleep, waitFor } from './retrying.ts'

/** What a conversation's WebSocket sends; see the reference for each `event`. */
export interface LiveFrame {
  event: string
  seq?: number | null
  [field: string]: unknown
}

export interface LiveOptions {
  /** The last message that is known: those after it come first. */
  after?: number
  onFrame: (frame: LiveFrame) => void
  /** Called when the socket breaks, before it is opened again. */
  onLost?: () => void
  /** Called once, if the socket will not be opened again: erased, somebody else's, or refused. */
  onEnd?: (reason: string) => void
}

interface Doors {
  url: (after: number | undefined) => string
  ticket: () => Promise<string>
}

/** The codes with which Hilo closes for good. */
const FINAL = [1000, 4404]

/** Follows a conversation. Connects again if the socket breaks, and asks for what it missed. */
export function follow({ url, ticket }: Doors, { after, onFrame, onLost, onEnd }: LiveOptions) {
  let seq = after
  let isOver = false
  let socket: WebSocket | null = null

  /** Null if it was closed before there was a socket. */
  const open = async (): Promise<CloseEvent | null> => {
    const proof = await ticket()
    if (isOver) return null
    const opened = new WebSocket(url(seq), ['hilo.live', `ticket.${proof}`])
    socket = opened
    opened.addEventListener('open', () => {
      if (isOver) opened.close(1000)
    })
    opened.addEventListener('message', ({ data }) => {
      if (isOver) return
      const text = String(data)
      const frame = JSON.parse(text) as LiveFrame
      // Sent back as it came, so that Hilo knows what was read.
      if (frame.event === 'check') return opened.send(text)
      if (typeof frame.seq === 'number') seq = Math.max(seq ?? 0, frame.seq)
      onFrame(frame)
    })
    return new Promise((resolve) => {
      opened.addEventListener('close', resolve)
    })
  }

  const run = async (): Promise<void> => {
    for (let broken = 0; !isOver; broken += 1) {
      const before = seq
      try {
        const closed = await open()
        if (closed === null) return
        if (FINAL.includes(closed.code)) return isOver ? undefined : onEnd?.(closed.reason)
      } catch (error) {
        // Refused. A page that is offline comes back, however long that lasts.
        if (error instanceof HiloError && error.status < 500) return onEnd?.(error.message)
      }
      if (seq !== before) broken = 0
      if (!isOver) onLost?.()
      if (!isOver) await sleep(waitFor(broken, null))
    }
  }
  void run()

  return {
    close: () => {
      isOver = true
      // One that is not open yet is closed once it is: a browser complains of it otherwise.
      if (socket?.readyState === WebSocket.OPEN) socket.close(1000)
    },
  }
}

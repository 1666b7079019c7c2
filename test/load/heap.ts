import { readFileSync, readdirSync, readlinkSync } from 'node:fs'

/** The inspector's name for the isolate that runs Hilo; the runtime has others, of wrangler's. */
const ISOLATE = 'core:user:hilo'
const LISTENING = '0A'
const ANSWER_MS = 10_000

/** Finds where the inspector of one of some processes of the runtime listens for Hilo; null if none does. */
export async function findInspector(pids: number[]): Promise<string | null> {
  for (const port of pids.flatMap(portsOf)) {
    try {
      const url = `http://127.0.0.1:${port}/json`
      const targets: unknown = await (await fetch(url, within(1_000))).json()
      const isIt = Array.isArray(targets) && targets.some(({ id }) => id === ISOLATE)
      if (isIt) return `ws://127.0.0.1:${port}/${ISOLATE}`
    } catch {
      // Another of its ports, which does not speak this.
    }
  }
  return null
}

/** Bytes of JavaScript that are in use after garbage was collected; null if the server went meanwhile. */
export async function usedHeap(inspector: string): Promise<number | null> {
  const socket = new WebSocket(inspector)
  try {
    await next(socket, 'open')
    socket.send(JSON.stringify({ id: 1, method: 'HeapProfiler.collectGarbage' }))
    await answered(socket, 1)
    socket.send(JSON.stringify({ id: 2, method: 'Runtime.getHeapUsage' }))
    const { usedSize } = (await answered(socket, 2)) as { usedSize?: number }
    return usedSize ?? null
  } catch {
    return null
  } finally {
    socket.close()
  }
}

async function answered(socket: WebSocket, id: number): Promise<unknown> {
  for (;;) {
    const { data } = (await next(socket, 'message')) as MessageEvent
    const said = JSON.parse(String(data)) as { id?: number; result?: unknown }
    if (said.id === id) return said.result
  }
}

function next(socket: WebSocket, event: 'open' | 'message'): Promise<Event> {
  const { promise, resolve, reject } = Promise.withResolvers<Event>()
  const { signal } = within(ANSWER_MS)
  signal.addEventListener('abort', () => reject(signal.reason))
  socket.addEventListener(event, resolve, { once: true })
  socket.addEventListener('close', reject, { once: true })
  socket.addEventListener('error', reject, { once: true })
  return promise
}

const within = (ms: number) => ({ signal: AbortSignal.timeout(ms) })

/** The ports that a process listens at: its sockets, looked up in the table of all. */
function portsOf(pid: number): number[] {
  try {
    const sockets = new Set(
      readdirSync(`/proc/${pid}/fd`).map((fd) => linkOf(`/proc/${pid}/fd/${fd}`)),
    )
    const rows = readFileSync(`/proc/${pid}/net/tcp`, 'utf8').trim().split('\n').slice(1)
    return rows.flatMap((row) => {
      const [, local = '', , state, , , , , , inode] = row.trim().split(/\s+/)
      const isOurs = state === LISTENING && sockets.has(`socket:[${inode}]`)
      return isOurs ? [Number.parseInt(local.split(':')[1] ?? '', 16)] : []
    })
  } catch {
    return []
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}

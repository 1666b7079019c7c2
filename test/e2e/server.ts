import type { ChildProcess } from 'node:child_process'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'

import { groupEnded, killGroup, leaveNothing } from './processes.ts'
import type { Project } from './project.ts'

export interface TakenPort {
  port: number
  release: () => Promise<void>
}

export async function takePort(): Promise<TakenPort> {
  const listener = createServer()
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  listener.once('error', reject)
  listener.listen(0, 'localhost', resolve)
  await promise
  const { port } = listener.address() as AddressInfo
  return { port, release: () => new Promise((done) => listener.close(() => done())) }
}

async function freePort(): Promise<number> {
  const { port, release } = await takePort()
  await release()
  return port
}

const READY_MS = 60_000

/** A server that runs as `npm start -- --port N --persist-to FOLDER` runs it. */
export class Server {
  readonly url: string
  readonly #npm: number

  private constructor(url: string, npm: number) {
    this.url = url
    this.#npm = npm
  }

  static async start(project: Project, state: string, ...args: string[]): Promise<Server> {
    return Server.startAt(await freePort(), project, state, ...args)
  }

  /** The same, on a port where one was before. */
  static async startAt(
    port: number,
    project: Project,
    state: string,
    ...args: string[]
  ): Promise<Server> {
    // Two servers that start at once would both take the same port for their debuggers.
    const own = ['--port', `${port}`, '--persist-to', state, '--inspector-port', '0']
    const npm = project.npm('start', '--', ...own, ...args)
    const pid = npm.pid
    if (pid === undefined) throw new Error('npm could not be started.')
    leaveNothing('group', pid)
    try {
      await greeting(npm)
    } catch (error) {
      killGroup(pid)
      throw error
    }
    return new Server(`http://localhost:${port}`, pid)
  }

  /** As a machine that loses power: npm, wrangler, workerd, all at once. */
  async kill(): Promise<void> {
    killGroup(this.#npm)
    await groupEnded(this.#npm)
  }

  /** As `kill` stops npm. Throws if anything is left running. */
  async stop(): Promise<void> {
    process.kill(this.#npm, 'SIGTERM')
    await groupEnded(this.#npm)
  }
}

/** Waits for the line that says where the server answers. */
function greeting(npm: ChildProcess): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  let output = ''
  let isReady = false
  const fail = (why: string) => reject(new Error(`${why}\n${output}`))
  const timer = setTimeout(() => fail('The server was not ready in time.'), READY_MS)
  for (const stream of [npm.stdout, npm.stderr]) {
    // Read on to the end, or the server would be held up; but not kept.
    stream?.on('data', (data: Buffer) => {
      if (isReady) return
      output += data
      isReady = output.includes('Hilo answers at')
      if (isReady) resolve()
    })
  }
  npm.on('error', () => fail('npm could not be started.'))
  npm.on('exit', () => fail('The server ended before it was ready.'))
  return promise.finally(() => clearTimeout(timer))
}

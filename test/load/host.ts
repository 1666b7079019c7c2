import type { ChildProcess } from 'node:child_process'
import { globSync, readFileSync, readdirSync } from 'node:fs'
import { parseEnv } from 'node:util'

import { SignJWT } from 'jose'

import { Project } from '../e2e/project.ts'
import { Server } from '../e2e/server.ts'
import { LogWatch } from './log-watch.ts'
import type { Measures } from './measures.ts'

// Counted per minute and caller, they would be what is measured; and a line a request is more than wrangler can print.
const ARGUMENTS = ['--var', 'RATE_LIMITS:off', '--log-level', 'log']

/** A project whose server's output is read. */
class WatchedProject extends Project {
  readonly #log: LogWatch
  server: ChildProcess | null = null

  constructor(log: LogWatch) {
    super()
    this.#log = log
  }

  override npm(...args: string[]): ChildProcess {
    const child = super.npm(...args)
    if (args[0] === 'start') {
      this.server = child
      for (const stream of [child.stdout, child.stderr]) {
        stream?.on('data', (data: Buffer) => this.#log.read(data))
      }
    }
    return child
  }
}

/** The real server, which can be killed and comes back with what it kept, at another port. */
export class Host {
  readonly log: LogWatch
  readonly #measures: Measures
  readonly #project: WatchedProject
  #server: Server | null = null
  url = ''

  constructor(measures: Measures) {
    this.#measures = measures
    this.log = new LogWatch(measures)
    this.#project = new WatchedProject(this.log)
  }

  async start(): Promise<void> {
    this.#server = await Server.start(this.#project, this.#project.path('state'), ...ARGUMENTS)
    this.url = this.#server.url
    const { server } = this.#project
    server?.once('exit', () => {
      if (this.#server !== null && this.#project.server === server) {
        this.#measures.break('the server ended by itself')
      }
    })
  }

  /** Everything of it at once, as if power fails. */
  async kill(): Promise<void> {
    const server = this.#server
    this.#server = null
    await server?.kill()
  }

  get isUp(): boolean {
    return this.#server !== null
  }

  remove(): void {
    this.#project.remove()
  }

  /** Files of the local state: SQLite, one of D1, one for each object. */
  files(kind: 'd1' | 'do'): string[] {
    return globSync(`${this.#project.path('state')}/v3/${kind}/*/*.sqlite`).filter(
      (name) => !name.endsWith('metadata.sqlite'),
    )
  }

  /** A token as `npm run token` makes it, without starting npm for each. */
  async userToken(user: string): Promise<string> {
    const secret = parseEnv(this.#project.read('.dev.vars') ?? '')['AUTH_JWT_SECRET'] ?? ''
    const token = new SignJWT().setProtectedHeader({ alg: 'HS256' }).setSubject(user).setIssuedAt()
    return token.setExpirationTime('1d').sign(new TextEncoder().encode(secret))
  }

  /** The processes of the runtime: one for wrangler's proxy, one for Hilo. None if that can't be told. */
  runtimes(): number[] {
    const group = this.#project.server?.pid
    if (process.platform !== 'linux' || group === undefined || !this.isUp) return []
    const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
    return pids.filter((pid) => isRuntime(pid, group)).map(Number)
  }
}

function isRuntime(pid: string, group: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const [, name = '', rest = ''] = stat.match(/\((.*)\) (.*)/s) ?? []
    return name === 'workerd' && Number(rest.split(' ')[2]) === group
  } catch {
    // It ended meanwhile.
    return false
  }
}

import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A port that nothing listens on. */
export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, 'localhost', () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })

/** What `npm run token` prints. */
export const token = (...args: string[]): string =>
  execFileSync('npm', ['run', '--silent', 'token', '--', ...args], { encoding: 'utf8' }).trim()

/** The real server, started as the README says, on a port and a state folder of its own. */
export class Server {
  readonly state = mkdtempSync(join(tmpdir(), 'hilo-'))
  #process: ChildProcess | null = null
  #said = ''
  url = ''

  /** @param given settings, as `NAME:VALUE` */
  async start(...given: string[]): Promise<void> {
    // Whatever a developer's .dev.vars says.
    const settings = ['MODEL_PROVIDER:offline', 'RATE_LIMITS:off', ...given]
    const port = await freePort()
    this.url = `http://localhost:${port}`
    this.#said = ''
    const server = spawn(
      'npm',
      [
        'start',
        '--',
        '--port',
        String(port),
        '--persist-to',
        this.state,
        ...settings.flatMap((setting) => ['--var', setting]),
      ],
      // A process group of its own, so that all of it can be killed at once.
      { detached: true, stdio: ['ignore', 'pipe', 'pipe'] },
    )
    this.#process = server
    for (const output of [server.stdout, server.stderr]) {
      output.on('data', (data: Buffer) => (this.#said += data.toString()))
    }
    const end = Date.now() + 60_000
    while (!(await this.#answers())) {
      if (server.exitCode !== null || Date.now() > end) {
        throw new Error(`The server did not start:\n${this.#said}`)
      }
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }

  async #answers(): Promise<boolean> {
    try {
      return (await fetch(`${this.url}/healthz`)).ok
    } catch {
      return false
    }
  }

  /** As a power cut would: no part of it gets to do anything more. */
  async kill(): Promise<void> {
    const server = this.#process
    if (!server?.pid) return
    this.#process = null
    const gone = new Promise((resolve) => server.once('close', resolve))
    process.kill(-server.pid, 'SIGKILL')
    await gone
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill()
    rmSync(this.state, { recursive: true, force: true })
  }

  request(method: string, path: string, headers: Record<string, string>, body?: unknown) {
    const json = { 'content-type': 'application/json' }
    return fetch(this.url + path, {
      method,
      headers: { ...headers, ...(body !== undefined && json) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
  }
}

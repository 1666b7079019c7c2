import { type ChildProcess, spawn } from 'node:child_process'
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseEnv } from 'node:util'

import { SignJWT } from 'jose'

import { localServiceToken } from '../../src/local/secrets.ts'
import { leaveNothing } from './processes.ts'
import { stateWithTables } from './tables.ts'

const ROOT = resolve(import.meta.dirname, '../..')

export interface Ran {
  code: number | null
  stdout: string
  stderr: string
}

/**
 * Hilo as on a fresh machine after `npm ci`: the real files in a folder of their own, so that a developer's
 * .dev.vars and local state are neither read nor written.
 */
export class Project {
  readonly folder = mkdtempSync(join(tmpdir(), 'hilo-'))

  constructor() {
    leaveNothing('folder', this.folder)
    // What is built is built once for all of them.
    mkdirSync(join(ROOT, 'dist'), { recursive: true })
    for (const name of ['src', 'migrations', 'node_modules', 'package.json', 'dist']) {
      symlinkSync(join(ROOT, name), join(this.folder, name))
    }
    copyFileSync(join(ROOT, 'wrangler.toml'), join(this.folder, 'wrangler.toml'))
  }

  /** One whose D1 has its tables before the first start, which is then twice as fast. */
  static withTables(): Project {
    const project = new Project()
    cpSync(stateWithTables(), project.path('state'), { recursive: true })
    return project
  }

  path(name: string): string {
    return join(this.folder, name)
  }

  /** Null if there is no such file. */
  read(name: string): string | null {
    return existsSync(this.path(name)) ? readFileSync(this.path(name), 'utf8') : null
  }

  write(name: string, text: string): void {
    writeFileSync(this.path(name), text)
  }

  /** Changes a setting of wrangler.toml. */
  set(name: string, value: string): void {
    const before = this.read('wrangler.toml') ?? ''
    const after = before.replace(new RegExp(`^${name} = .*$`, 'm'), `${name} = "${value}"`)
    if (after === before) throw new Error(`wrangler.toml has no ${name}`)
    this.write('wrangler.toml', after)
  }

  /** Starts npm, in a process group of its own. */
  npm(...args: string[]): ChildProcess {
    return spawn('npm', args, {
      cwd: this.folder,
      env: cleanEnvironment() as NodeJS.ProcessEnv,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    })
  }

  /** Runs an npm command to its end. */
  async run(...args: string[]): Promise<Ran> {
    const child = this.npm(...args)
    const ran: Ran = { code: null, stdout: '', stderr: '' }
    child.stdout?.on('data', (data: Buffer) => (ran.stdout += data))
    child.stderr?.on('data', (data: Buffer) => (ran.stderr += data))
    const { promise, resolve: done, reject } = Promise.withResolvers<number | null>()
    child.on('error', reject)
    child.on('close', done)
    return { ...ran, code: await promise, stdout: ran.stdout, stderr: ran.stderr }
  }

  /** What `npm run token` prints last. */
  async token(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.run('run', 'token', '--', ...args)
    if (code !== 0) throw new Error(`no token: ${stderr}`)
    return stdout.trim().split('\n').at(-1) ?? ''
  }

  /** What `npm run token` gives a user, without the seconds that npm takes. */
  userToken(user: string): Promise<string> {
    const secret = new TextEncoder().encode(this.#vars['AUTH_JWT_SECRET'])
    const token = new SignJWT().setProtectedHeader({ alg: 'HS256' }).setSubject(user).setIssuedAt()
    return token.setExpirationTime('1d').sign(secret)
  }

  /** The same for the service. */
  serviceToken(): string {
    return localServiceToken(this.#vars)
  }

  get #vars() {
    return parseEnv(this.read('.dev.vars') ?? '')
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

// What npm and vitest tell the processes they start would make these other than those of a shell.
function cleanEnvironment(): Partial<NodeJS.ProcessEnv> {
  const isOurs =
    /^(npm_|VITEST|NODE_ENV$|NODE_OPTIONS$|TEST$|MODE$|DEV$|PROD$|WRANGLER_|CLOUDFLARE_)/i
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !isOurs.test(name)))
}

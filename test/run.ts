// The unit tests and the end-to-end tests, at once: these wait much, for servers and browsers, and meanwhile the others go on.
import { spawn } from 'node:child_process'
import { statfsSync } from 'node:fs'
import { PassThrough } from 'node:stream'

const color = process.stdout.isTTY ? { FORCE_COLOR: '1' } : {}

/** Where storage in memory lies on Linux: each commit waits for a disk, and some are ten times as slow as others. */
const MEMORY = '/dev/shm'
const NEEDED_BYTES = 4 * 2 ** 30

function temporary(): { TMPDIR?: string } {
  try {
    const { bavail, bsize } = statfsSync(MEMORY)
    return bavail * bsize >= NEEDED_BYTES ? { TMPDIR: MEMORY } : {}
  } catch {
    return {}
  }
}

const start = (script: string, output: 'inherit' | 'pipe') =>
  spawn('npm', ['run', '-s', script], {
    stdio: ['ignore', output, output],
    env: { ...process.env, ...temporary(), ...color },
  })

const hasPassed = (child: ReturnType<typeof start>): Promise<boolean> =>
  new Promise((resolve) => {
    child.once('close', (code) => resolve(code === 0))
  })

const unit = start('test:unit', 'inherit')
const e2e = start('test:e2e', 'pipe')

// What the second says is read at once, or it would be held up, and shown once the first has said all.
const said = new PassThrough({ highWaterMark: 2 ** 30 })
for (const stream of [e2e.stdout, e2e.stderr]) stream?.pipe(said, { end: false })
unit.once('close', () => said.pipe(process.stdout))

const passed = await Promise.all([hasPassed(unit), hasPassed(e2e)])
const words = passed.map((one) => (one ? 'passed' : 'FAILED'))
console.log(`\n== unit tests ${words[0]}, end-to-end tests ${words[1]}`)
process.exitCode = passed.every(Boolean) ? 0 : 1

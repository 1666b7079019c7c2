import { spawn } from 'node:child_process'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const guard = spawn(process.execPath, [join(import.meta.dirname, 'guard.ts')], {
  detached: true,
  stdio: ['pipe', 'ignore', 'inherit'],
})
guard.unref()

/** Sees to it that a process group or a folder does not outlive this process, however that ends. */
export function leaveNothing(kind: 'group' | 'folder', name: number | string): void {
  guard.stdin.write(`${kind}\t${name}\n`)
}

export function killGroup(group: number): void {
  try {
    process.kill(-group, 'SIGKILL')
  } catch {
    // It has ended already.
  }
}

/** Waits until no process of a group is left. Throws if one stays for more than 10 s. */
export async function groupEnded(group: number): Promise<void> {
  for (const deadline = Date.now() + 10_000; isAlive(group);) {
    if (Date.now() > deadline) throw new Error(`Processes of group ${group} are still there.`)
    await sleep(20)
  }
  guard.stdin.write(`ended\t${group}\n`)
}

function isAlive(group: number): boolean {
  try {
    process.kill(-group, 0)
  } catch {
    return false
  }
  // In a container nobody may collect what has ended: only /proc tells those from the living.
  if (process.platform !== 'linux') return true
  return readdirSync('/proc').some((name) => /^\d+$/.test(name) && livesIn(group, name))
}

function livesIn(group: number, pid: string): boolean {
  try {
    const [state, , itsGroup] = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
    return state !== 'Z' && Number(itsGroup) === group
  } catch {
    return false
  }
}

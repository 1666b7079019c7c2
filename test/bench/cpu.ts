import { readFileSync, readdirSync } from 'node:fs'

const isNumber = (name: string) => /^\d+$/.test(name)

/** The process of the runtime: the child of this one that is called so. Null if there is no /proc to ask. */
function runtimeProcess(): string | null {
  try {
    const found = readdirSync('/proc').find((pid) => {
      if (!isNumber(pid)) return false
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
      const parent = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]
      return stat.includes('(workerd)') && parent === String(process.pid)
    })
    return found ?? null
  } catch {
    return null
  }
}

/**
 * A clock of the CPU that the runtime has used, in ms: other programs on the machine slow an operation down but do
 * not add to this. NaN if it can't be told.
 */
export function cpuClock(): () => number {
  const pid = runtimeProcess()
  if (pid === null) return () => NaN
  return () =>
    readdirSync(`/proc/${pid}/task`).reduce((sum, thread) => {
      const [ns] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')
      return sum + Number(ns) / 1e6
    }, 0)
}

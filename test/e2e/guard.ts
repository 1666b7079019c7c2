import { rmSync } from 'node:fs'
import { createInterface } from 'node:readline'

/**
 * A process of its own that clears away what a test process leaves: it is told on its standard input, which ends
 * when the test process does, however that comes about.
 */
const groups = new Set<number>()
const folders = new Set<string>()

for await (const line of createInterface(process.stdin)) {
  const [what, name = ''] = line.split('\t')
  if (what === 'group') groups.add(Number(name))
  if (what === 'folder') folders.add(name)
  if (what === 'ended') groups.delete(Number(name))
}
for (const group of groups) {
  try {
    process.kill(-group, 'SIGKILL')
  } catch {
    // It has ended by itself.
  }
}
for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 10 })

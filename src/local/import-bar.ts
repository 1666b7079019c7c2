/** What Hilo tells of an import while it goes on. */
export interface Progress {
  bytes: number
  total: number | null
  imported: number
  unchanged: number
  failed: number
}

type Counts = Pick<Progress, 'imported' | 'unchanged' | 'failed'>

const WIDTH = 30
/** How often a line is printed if it can't be rewritten. */
const LINES_MS = 5_000

/** Shows how far an import has come: a line that is rewritten on a terminal, else some lines. */
export class Bar {
  readonly #out: NodeJS.WriteStream
  #saidAt = 0

  constructor(out: NodeJS.WriteStream) {
    this.#out = out
  }

  /** @param before what earlier calls for the same file have brought */
  show({ bytes, total, imported, unchanged, failed }: Progress, before: Counts): void {
    const part = total ? bytes / total : 0
    const full = Math.round(part * WIDTH)
    const percent = `${Math.floor(part * 100)} %`.padStart(5)
    const done = before.imported + before.unchanged + imported + unchanged
    const failures = before.failed + failed
    const count = `${done} conversation${done === 1 ? '' : 's'}${failures > 0 ? `, ${failures} failed` : ''}`
    if (this.#out.isTTY) {
      const bar = `${'█'.repeat(full)}${'░'.repeat(WIDTH - full)}`
      this.#out.write(`\r${bar} ${percent}  ${count}\u001B[K`)
    } else if (Date.now() - this.#saidAt >= LINES_MS) {
      this.#saidAt = Date.now()
      this.#out.write(`${percent.trim()}  ${count}\n`)
    }
  }

  end(): void {
    if (this.#out.isTTY) this.#out.write('\n')
  }
}

interface Level {
  values: unknown[]
  at: number
}

const levelOf = (value: unknown): Level | null => {
  if (typeof value !== 'object' || value === null) return null
  return { values: Array.isArray(value) ? value : Object.values(value), at: 0 }
}

/**
 * Whether a JSON value is nested deeper than so many levels; a list of texts is one level. It walks without recursion,
 * and so comes before everything that does: that would end with the stack.
 */
export function isDeeper(value: unknown, levels: number): boolean {
  const path: Level[] = []
  for (let next = levelOf(value); ;) {
    if (next) path.push(next)
    if (path.length > levels) return true
    const last = path.at(-1)
    if (last === undefined) return false
    next = last.at < last.values.length ? levelOf(last.values[last.at]) : null
    if (last.at >= last.values.length) path.pop()
    last.at += 1
  }
}

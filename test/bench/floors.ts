import type { Figures } from './rounds.ts'

export const fixed = (value: number): string => value.toFixed(2)

export function figureOf<F>(all: Map<string, F>, name: string): F {
  const found = all.get(name)
  if (found === undefined) throw new Error(`Nothing was measured under ${name}`)
  return found
}

/** What measures each floor a second time: half of the floor, and their difference is the error. */
const controls: Record<string, string> = {
  'bare object: insert and select': 'the same again',
  'bare objects, one each': 'one each again',
  'bare objects, many': 'many again',
  'raw D1: insert and select': 'raw D1 again',
  'bare object: select of 0': 'select of 0 again',
  'bare object: select of 20': 'select of 20 again',
  'bare object: select of 50': 'select of 50 again',
  'raw D1: list of 20': 'list of 20 again',
  'cold bare object': 'cold bare object again',
}

export type Measure = 'p50' | 'cpu' | 'perSecond'

export function floorOf(all: Map<string, Figures>, floor: string, by: Measure): number {
  return (figureOf(all, floor)[by] + figureOf(all, controls[floor] ?? floor)[by]) / 2
}

/** How far each floor is from its control, as a ratio of 1 or more. */
export function spreads(all: Map<string, Figures>, by: Measure): string {
  const known = Object.entries(controls).filter(([floor]) => all.has(floor))
  return known
    .map(([floor, again]) => {
      const ratio = figureOf(all, again)[by] / figureOf(all, floor)[by]
      return `${floor} ${fixed(Math.max(ratio, 1 / ratio))}`
    })
    .join('; ')
}

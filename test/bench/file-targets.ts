import { type FileBill, SIZES } from './files.ts'
import { figureOf, fixed } from './floors.ts'
import type { Findings, Line } from './targets.ts'

/** What an upload and a download take, to a bare bucket's. */
export const fileLinesOf = ({ figures }: Pick<Findings, 'figures'>): Line[] =>
  (
    [
      ['upload', 3],
      ['download', 1.5],
    ] as const
  ).map(([what, limit]) => {
    const ratio = (by: 'p50' | 'cpu') =>
      SIZES.map((size) => {
        const name = `${what}, MiB ${size}`
        return figureOf(figures, name)[by] / figureOf(figures, `bare ${name}`)[by]
      })
    const listed = (ratios: number[]) =>
      ratios.map((one, index) => `${SIZES[index]} MiB: ${fixed(one)}`).join(', ')
    return {
      what: `${what === 'upload' ? 'an upload' : 'a download'}, to a bare bucket’s`,
      target: `≤ ${limit}`,
      found: listed(ratio('p50')),
      cpu: listed(ratio('cpu')),
      isMet: ratio('p50').every((one) => one <= limit),
    }
  })

export const fileCosts = (bills: FileBill[]): string[][] =>
  bills.map(({ what, objectRows, d1Rows, requests, classA, classB }) => [
    what,
    ...[objectRows, d1Rows, requests, classA, classB].map(fixed),
  ])

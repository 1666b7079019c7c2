import { type Measure, figureOf, fixed } from './floors.ts'
import type { Bill } from './prices.ts'
import { type Findings, type Line, listed } from './targets.ts'

/** What a search takes, to a bare object's, by how much it finds. */
type Searched = Pick<Findings, 'figures' | 'bills'>

function searches({ figures }: Searched): Line[] {
  return ['few', 'a page', 'all'].map((what) => {
    const prefix = `search, finds ${what}, `
    const names = [...figures.keys()].filter((name) => name.startsWith(prefix))
    const ratio = (by: Measure) =>
      names.map((name): [string, number] => [
        name,
        figureOf(figures, name)[by] / figureOf(figures, `bare ${name}`)[by],
      ])
    return {
      what: `a search that finds ${what}, to a bare FTS5 object’s, by the owner’s messages`,
      target: '≤ 1.5',
      found: listed(ratio('p50')),
      cpu: listed(ratio('cpu')),
      isMet: ratio('p50').every(([, one]) => one <= 1.5),
    }
  })
}

/** What the index costs beside what a message costs without. */
function indexing({ bills }: Searched): Line[] {
  const [without, found] = ['append of ten messages', 'append of ten messages, and a search'].map(
    (name) => figureOf(bills, name),
  ) as [Bill, Bill]
  const search = figureOf(bills, 'search')
  const rows = (found.object_written - without.object_written - search.object_written) / 10
  const requests = (found.object - without.object - search.object) / 10
  return [
    {
      what: 'rows that a message costs more once it is found',
      target: '≤ 1',
      found: fixed(rows),
      isMet: rows <= 1,
    },
    {
      what: 'requests that a message costs more once it is found',
      target: '≤ 0.1',
      found: fixed(requests),
      isMet: requests <= 0.1,
    },
  ]
}

export const searchLinesOf = (findings: Searched): Line[] => [
  ...searches(findings),
  ...indexing(findings),
]

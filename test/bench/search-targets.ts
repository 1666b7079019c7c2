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

/** Messages that a conversation gets before somebody searches, at the least, for a search to cost a message next to nothing. */
const SEARCHED_AFTER = 20

/** Messages, and the bill for them and one search. */
const searched: [messages: number, bill: string][] = [
  [10, 'append of ten messages'],
  [100, 'append of a hundred messages, by ten'],
]

/** What is billed for one search that takes so many messages in, beside what a search and the messages cost anyway. */
function takingIn({ bills }: Pick<Findings, 'bills'>, name: string) {
  const [without, search, found] = [name, 'search', `${name}, and a search`].map((one) =>
    figureOf(bills, one),
  ) as [Bill, Bill, Bill]
  const words = found.written.find(([what]) => what === 'insert words')?.[1] ?? 0
  const more = (by: 'object' | 'object_written') => found[by] - without[by] - search[by]
  return { words, rows: more('object_written') - words, requests: more('object') }
}

function indexing(findings: Searched): Line[] {
  const all = searched.map(([messages, bill]) => {
    const { words, requests } = takingIn(findings, bill)
    return { messages, rows: words / messages, requests: requests / messages }
  })
  const of = (by: 'rows' | 'requests') =>
    listed(all.map((one): [string, number] => [`${one.messages} messages a search`, one[by]]))
  return [
    {
      what: 'rows of an index for a message',
      target: '≤ 1',
      found: of('rows'),
      isMet: all.every(({ rows }) => rows <= 1),
    },
    {
      what: 'requests that a message costs more once it is found',
      target: `≤ 0.1 from ${SEARCHED_AFTER} messages a search on`,
      found: of('requests'),
      isMet: all.every(({ messages, requests }) => requests * messages <= 0.1 * SEARCHED_AFTER),
    },
  ]
}

/** What a search costs once for each conversation that has more than the index, however much that is. */
export function takingInCost(findings: Pick<Findings, 'bills'>): string {
  const all = searched.map(([messages, bill]) => ({
    messages,
    ...takingIn(findings, bill),
  }))
  const cost = all.map(
    ({ messages, rows, requests }) =>
      `${fixed(rows)} rows and ${fixed(requests)} requests for ${messages} messages`,
  )
  return `A search takes in what each conversation has more than the index. Beside the rows of the messages that costs, for each such
conversation, ${cost.join(', ')}: so the more is said between two searches, the less it is for a message. While nobody searches an index
costs a conversation two rows and one request, once.`
}

export const searchLinesOf = (findings: Searched): Line[] => [
  ...searches(findings),
  ...indexing(findings),
]

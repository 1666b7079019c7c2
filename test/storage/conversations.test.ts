import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'

import { as, sendWith } from '../support/api.ts'

interface Asked {
  query: string
  values: unknown[]
}

/** A D1 that notes what is asked of it. */
function noting(): { db: D1Database; asked: Asked[] } {
  const asked: Asked[] = []
  const db = new Proxy(env.DB, {
    get(target, key) {
      if (key !== 'prepare') {
        const value: unknown = Reflect.get(target, key)
        return typeof value === 'function' ? value.bind(target) : value
      }
      return (query: string) => {
        const statement = target.prepare(query)
        const bind = statement.bind.bind(statement)
        statement.bind = (...values: unknown[]) => {
          asked.push({ query, values })
          return bind(...values)
        }
        return statement
      }
    },
  })
  return { db, asked }
}

const isForOldRows = (step: string): boolean => /SUBQUERY|^SEARCH messages /.test(step)

async function planOf({ query, values }: Asked): Promise<string[]> {
  const { results } = await env.DB.prepare(`EXPLAIN QUERY PLAN ${query}`)
    .bind(...values)
    .all<{ detail: string }>()
  return results.map(({ detail }) => detail)
}

const cursor = btoa(JSON.stringify(['c', Date.now(), crypto.randomUUID()])).replace(/=+$/, '')
const filters = ['', '&resolved=true', '&topic=news', '&language=es&topic=news&resolved=false']
const statuses = ['active', 'archived', 'all']

test.for([
  ['user', 'conversations_by_user', statuses],
  ['session', 'conversations_by_session', statuses],
  ['staff', 'conversations_by_quiet', ['active']],
] as const)('reads a list for a %s straight off the index %s', async ([who, index, wanted]) => {
  const caller = who === 'staff' ? as.service('staff') : await as[who]()
  const { db, asked } = noting()
  for (const status of wanted) {
    for (const filter of filters) {
      for (const from of ['', `&cursor=${cursor}`]) {
        const scope = who === 'staff' ? '&scope=all' : ''
        const path = `/api/conversations?status=${status}${scope}${filter}${from}`
        const response = await sendWith({ DB: db }, path, { headers: caller.headers })
        expect(response.status).toBe(200)
      }
    }
  }
  // `all` asks twice: for the active and for the archived.
  expect(asked).toHaveLength(who === 'staff' ? 8 : 32)
  for (const query of asked) {
    // Which message a conversation is at is asked for only if its row is from before there were branches.
    const plan = (await planOf(query)).filter((step) => !isForOldRows(step))
    expect(plan.slice(1)).toEqual([])
    const search =
      who === 'staff'
        ? /^(SEARCH|SCAN) conversations USING INDEX /
        : /^SEARCH conversations USING INDEX /
    expect(plan[0]).toMatch(search)
    expect(plan[0]).toContain(index)
    const isSought = who !== 'staff' || query.query.includes('<')
    expect(plan[0]?.startsWith('SEARCH')).toBe(isSought)
  }
})

test('counts what a session has on its index, no further than it may have', async () => {
  const sam = await as.session()
  const { db, asked } = noting()
  await sendWith({ DB: db }, '/api/conversations', {
    method: 'POST',
    headers: { ...sam.headers, 'content-type': 'application/json' },
    body: '{}',
  })
  const counting = asked.find(({ values }) => values.includes(100))
  if (!counting) throw new Error('nothing was counted')
  const plan = await planOf(counting)
  expect(plan.join('\n')).toMatch(/SEARCH conversations USING INDEX conversations_by_session/)
  expect(plan.join('\n')).not.toMatch(/SCAN conversations|TEMP B-TREE/)
})

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
  ['user', /conversations USING (COVERING )?INDEX conversations_by_user/, statuses],
  ['session', /conversations USING (COVERING )?INDEX conversations_by_session/, statuses],
  ['staff', /quiet_days( USING PRIMARY KEY|$)/, ['active']],
] as const)('reads a list for a %s in its order by %s', async ([who, index, wanted]) => {
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
  // `all` asks twice, for the active and for the archived; with a filter, each asks where it ended too.
  expect(asked).toHaveLength(who === 'staff' ? 14 : 56)
  for (const query of asked) {
    // Which message a conversation is at is asked for only if its row is from before there were branches.
    const plan = (await planOf(query)).filter((step) => !isForOldRows(step))
    const [walk, ...others] = plan.filter((step) => /^(SEARCH|SCAN) (?!walk$)/.test(step))
    expect(walk).toMatch(index)
    const isSought = who !== 'staff' || query.query.includes('< (?, ?)')
    expect(walk?.startsWith('SEARCH')).toBe(isSought)
    // The rest is looked up by its id, and nothing is sorted.
    const byId = /^SEARCH conversations USING INDEX sqlite_autoindex_conversations_1 \(id=\?\)$/
    expect(others).toEqual(others.map(() => expect.stringMatching(byId)))
    expect(plan.join('\n')).not.toContain('TEMP B-TREE')
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
  // Whether it is linked, how many it has and how much they take up, in one.
  expect(asked).toHaveLength(1)
  const [counting] = asked
  if (!counting?.values.includes(100)) throw new Error('nothing was counted')
  const plan = await planOf(counting)
  expect(plan.filter((step) => /SEARCH|SCAN (?!CONSTANT|\()/.test(step))).toEqual([
    'SEARCH session_links USING PRIMARY KEY (session_id=?)',
    'SEARCH owned USING PRIMARY KEY (owner=?)',
    'SEARCH owner_usage USING PRIMARY KEY (owner=?)',
  ])
})

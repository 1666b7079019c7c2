import { env } from 'cloudflare:workers'
import * as fc from 'fast-check'
import { beforeAll, expect, test, vi } from 'vitest'

import { type Client, type Conversation, as, bodyOf, send } from '../support/api.ts'
import { givenFile } from '../support/files.ts'
import { givenConversation } from '../support/given.ts'
import { bodiesFor, callerFor, placed } from '../support/routes.ts'
import { hostileText, mutated, mutation } from './hostile.ts'
import { type Promised, promises } from './reference.ts'

/** How many requests, and of what seed: `FUZZ_REQUESTS=20000 SEED=1 npm run test:fuzz`. */
const total = Number(env.FUZZ_REQUESTS)

const routes = await promises()
const counts = new Map<string, number>()

beforeAll(() => {
  vi.spyOn(console, 'log').mockImplementation(() => {})
  vi.spyOn(console, 'error').mockImplementation(() => {})
})

const request = fc.record({
  route: fc.nat(routes.length - 1),
  body: fc.nat(7),
  who: fc.constantFrom('user', 'session', 'service'),
  isRight: fc.boolean(),
  mutation,
  query: fc.array(fc.tuple(fc.nat(5), hostileText), { maxLength: 3 }),
  id: fc.option(hostileText, { freq: 4, nil: null }),
  accept: fc.constantFrom('application/json', 'text/event-stream', '*/*', 'x/y;q=z'),
  spoilt: fc.option(fc.constantFrom('cut', 'latin-1', 'text', 'huge', 'twice'), {
    freq: 8,
    nil: null,
  }),
})
type Drawn = typeof request extends fc.Arbitrary<infer T> ? T : never

interface Owner {
  client: Client
  id: string
  file: string
}

/** The bytes of a body: as JSON says it, or spoilt on the way. */
function bytesOf(body: unknown, spoilt: Drawn['spoilt']): string | Uint8Array {
  const json = JSON.stringify(body) ?? ''
  if (spoilt === 'cut') return json.slice(0, -1)
  if (spoilt === 'latin-1') return Uint8Array.from(json, (one) => one.charCodeAt(0) | 0x80)
  if (spoilt === 'huge') return `${json.slice(0, -1)}${' '.repeat(1_100_000)}${json.slice(-1)}`
  if (spoilt === 'twice') return json.replace(/^\{/, '{"messages":[],"messages":7,"id":1,')
  return json
}

function asked(route: Promised, { client, id, file }: Owner, drawn: Drawn): Promise<Response> {
  const { mutation: change, isRight, spoilt, accept } = drawn
  const bodies = bodiesFor(route)
  const body = bodies[drawn.body % bodies.length] ?? route.example
  const query = new URLSearchParams(
    drawn.query.map(([n, value]) => [route.query[n] ?? 'unknown', value.toWellFormed()]),
  )
  // Without one it takes nothing, so half of the time it is looked for what is hostile, and nothing else is wrong.
  if (route.path === '/api/search' && isRight) {
    const [q = 'hello'] = drawn.query.map(([, value]) => value.toWellFormed())
    Array.from(query.keys()).forEach((name) => query.delete(name))
    query.set('q', q)
  }
  // An empty one, or dots, would make it another route's path.
  const about = /^\.{0,2}$/.test(drawn.id ?? '')
    ? id
    : encodeURIComponent(drawn.id?.toWellFormed() ?? id)
  const named = route.path.replace('{file_id}', drawn.id === null ? file : about)
  const path = `${placed(named, about)}${query.size > 0 ? `?${query.toString()}` : ''}`
  const hasBody = body !== undefined && !['GET', 'HEAD'].includes(route.method)
  return send(path, {
    method: route.method,
    headers: {
      ...client.headers,
      accept,
      'last-event-id': drawn.id?.replaceAll(/[^\x20-\x7E]/g, '?') ?? `${id}:3`,
      'content-type': spoilt === 'text' ? 'text/plain' : 'application/json',
    },
    ...(hasBody && { body: bytesOf(isRight ? body : mutated(body, change), spoilt) }),
  })
}

/** What there is of a conversation, to tell whether anything of it has changed. */
const stateOf = async ({ client, id }: Owner): Promise<string> => {
  const answer = await client.get(`/api/conversations/${id}?limit=1`)
  const { messages: _, ...rest } = await bodyOf<Conversation & { messages: unknown }>(answer)
  return JSON.stringify(rest)
}

test('whatever is sent, the answer is one of those promised, and what is refused leaves no trace', async () => {
  const owners: Record<Drawn['who'], () => Promise<Client>> = {
    user: () => as.user(),
    session: () => as.session(),
    service: async () => as.service('backend', `user:${crypto.randomUUID()}`),
  }
  const standing = new Map<Drawn['who'], Owner>()
  let requests = 0
  const property = fc.asyncProperty(request, async (drawn) => {
    const route = routes[drawn.route] as Promised
    requests += 1
    // Now and then anew, for they get long.
    let owner = requests % 200 === 0 ? undefined : standing.get(drawn.who)
    if (!owner || (await owner.client.get(`/api/conversations/${owner.id}`)).status !== 200) {
      const client = await owners[drawn.who]()
      const messages = [{ id: 'm', role: 'user', content: 'Hello' }]
      const { id: file } = await givenFile(client)
      owner = { client, id: await givenConversation(client, { messages }), file }
      standing.set(drawn.who, owner)
    }
    const before = await stateOf(owner)
    const caller = { ...owner, client: callerFor(route, owner.client) }
    const answer = await asked(route, caller, drawn)
    // As bytes, or the runtime complains of the text of a file.
    const text = new TextDecoder().decode(await answer.arrayBuffer())
    const { status } = answer
    counts.set(
      `${route.method} ${route.path} ${status}`,
      (counts.get(`${route.method} ${route.path} ${status}`) ?? 0) + 1,
    )
    const fault = route.fault(status, answer.headers.get('content-type') ?? '', text)
    expect({ route: route.path, status, fault }).toEqual({ route: route.path, status, fault: null })
    // Some of a protocol is not served, and says so.
    expect(status === 501 || status < 500).toBe(true)
    expect(answer.headers.get('cache-control')).toMatch(/no-store|^private, no-cache$/)
    const after = status < 400 ? before : await stateOf(owner)
    expect(after).toBe(before)
  })
  await fc.assert(property, { numRuns: total, endOnFailure: true })
  const lines = [...counts].toSorted(([a], [b]) => a.localeCompare(b))
  console.info(
    `${requests} requests\n${lines.map(([what, n]) => `${String(n).padStart(7)}  ${what}`).join('\n')}`,
  )
  expect(requests).toBe(total)
}, 3_600_000)

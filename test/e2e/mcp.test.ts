import { randomUUID } from 'node:crypto'

import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { Project } from './project.ts'
import { Server } from './server.ts'

let project: Project
let server: Server
let user: string

beforeAll(async () => {
  project = Project.withTables()
  server = await Server.start(project, project.path('state'))
  user = await project.userToken('ann')
})

afterAll(async () => {
  await server?.kill()
  project?.remove()
})

const call = async <T>(method: string, path: string, body?: object): Promise<T> => {
  const answer = await fetch(`${server.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${user}`, 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  })
  return (await answer.json()) as T
}

/** The stock client, as a program of a user has it. */
async function agent(token: string, mode: 'auto' | 'legacy'): Promise<Client> {
  const client = new Client({ name: 'agent', version: '1' }, { versionNegotiation: { mode } })
  await client.connect(
    new StreamableHTTPClientTransport(new URL(`${server.url}/mcp`), {
      requestInit: { headers: { authorization: `Bearer ${token}` } },
    }),
  )
  return client
}

test.each(['auto', 'legacy'] as const)(
  'an agent finds again what was said, and reads it, until its token is revoked (%s)',
  async (mode) => {
    const [id, word] = [randomUUID(), `w${randomUUID().slice(0, 8)}`]
    const messages = [{ id: 'm', role: 'user', content: `Where do ${word} sleep?` }]
    await call('POST', '/api/conversations', { id, title: 'Animals', messages })
    const made = await call<{ id: string; token: string }>('POST', '/api/tokens', { name: 'Agent' })
    const client = await agent(made.token, mode)
    const ask = async (name: string, input: object) =>
      (await client.callTool({ name, arguments: { ...input } })).structuredContent
    await expect
      .poll(() => ask('search', { query: word }), { timeout: 20_000 })
      .toMatchObject({ results: [{ id: `${id}/m`, title: 'Animals' }] })
    const text = expect.stringContaining(`Where do ${word} sleep?`)
    expect(await ask('fetch', { id: `${id}/m` })).toMatchObject({ title: 'Animals', text })
    expect(await ask('read_conversation', { conversation_id: id })).toMatchObject({
      messages: [{ id: 'm', seq: 1 }],
      next: null,
    })
    await expect
      .poll(() => ask('list_conversations', {}), { timeout: 20_000 })
      .toMatchObject({ conversations: expect.arrayContaining([expect.objectContaining({ id })]) })
    await call('DELETE', `/api/tokens/${made.id}`)
    await expect(ask('list_conversations', {})).rejects.toThrow('The token was revoked')
  },
)

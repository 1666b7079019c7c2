import { Client as McpClient, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'

import { send } from './api.ts'

/** A revision that the stock client speaks: the one of 2026, or that before, without a session. */
export type Era = 'modern' | 'legacy'

/** The stock client of somebody, at the front door. */
export async function mcpOf(
  headers: Record<string, string>,
  era: Era = 'modern',
): Promise<McpClient> {
  const client = new McpClient(
    { name: 'test', version: '1' },
    { versionNegotiation: { mode: era === 'legacy' ? 'legacy' : { pin: '2026-07-28' } } },
  )
  const frontDoor = async (input: URL | string, init: RequestInit = {}) =>
    send(new URL(input).pathname, init)
  await client.connect(
    new StreamableHTTPClientTransport(new URL('https://api.test/mcp'), {
      fetch: frontDoor as typeof globalThis.fetch,
      requestInit: { headers },
    }),
  )
  return client
}

export interface Told<T> {
  isError: boolean
  /** What is said in words, as a client of the older form reads it. */
  text: string
  data: T
}

/** What a tool answers. */
export async function tell<T = Record<string, never>>(
  client: McpClient,
  name: string,
  input: Record<string, unknown> = {},
): Promise<Told<T>> {
  const {
    content,
    structuredContent,
    isError = false,
  } = await client.callTool({
    name,
    arguments: input,
  })
  const [first] = content as { type: string; text: string }[]
  return { isError, text: first?.text ?? '', data: structuredContent as T }
}

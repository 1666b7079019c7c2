import type { Route } from './routes.ts'

/** Tools of MCP that name a conversation, or a message in one. */
export const inTools: Route[] = [
  { name: 'fetch', arguments: { id: '{id}' } },
  { name: 'fetch', arguments: { id: '{id}/m' } },
  { name: 'read_conversation', arguments: { conversation_id: '{id}' } },
].map((params) => ({
  method: 'POST',
  path: '/mcp',
  body: { jsonrpc: '2.0', id: 1, method: 'tools/call', params },
}))

/** The other tools, and how the two kinds of clients begin. */
export const tools: Route[] = [
  { method: 'tools/call', params: { name: 'search', arguments: { query: 'hello' } } },
  { method: 'tools/call', params: { name: 'list_conversations', arguments: {} } },
  { method: 'server/discover' },
  {
    method: 'initialize',
    params: {
      protocolVersion: '2025-11-25',
      capabilities: {},
      clientInfo: { name: 'x', version: '1' },
    },
  },
].map((message) => ({ method: 'POST', path: '/mcp', body: { jsonrpc: '2.0', id: 1, ...message } }))

import { said } from './assistant-cloud.ts'

export const picture = `data:image/png;base64,${'iVBORw0KGgo'.repeat(20)}`
export const long =
  'Eine lange Antwort, die länger als vierzig Zeichen ist und öfter vorkommt. '.repeat(3)

export const call = {
  type: 'tool-call',
  toolCallId: 'c1',
  toolName: 'weather',
  argsText: '{ "city": "Cádiz" }',
  result: { degrees: 21, sky: ['clear', null] },
  timing: { startedAt: 1 },
}

/** What clients send, of everything that the formats have. */
export const contents: [format: string, content: Record<string, unknown>][] = [
  ['aui/v0', said('user', 'Hello')],
  [
    'aui/v0',
    said('user', long, {
      attachments: [
        {
          id: 'a',
          type: 'image',
          name: 'p.png',
          status: { type: 'complete' },
          content: [{ type: 'image', image: picture }],
        },
        {
          id: 'b',
          type: 'document',
          name: 't.pdf',
          status: { type: 'complete' },
          content: [
            { type: 'file', data: 'JVBERi0=', mimeType: 'application/pdf', filename: 't.pdf' },
          ],
        },
      ],
    }),
  ],
  [
    'aui/v0',
    {
      role: 'assistant',
      content: [
        { type: 'reasoning', text: `Thinking. ${long}`, unstable_summary: 's' },
        { type: 'text', text: long, parentId: 'p' },
        call,
        { type: 'tool-call', toolCallId: 'c2', toolName: 'ask', args: {}, approval: { id: 'x' } },
        { type: 'text', text: long },
        { type: 'source', sourceType: 'url', id: 's', url: 'https://a.test', title: 'A' },
        { type: 'source', sourceType: 'document', id: 'd', title: 'D', mediaType: 'text/plain' },
        { type: 'data', name: 'chart', data: [1, { deep: null }] },
        { type: 'audio', audio: { data: 'AAAA', format: 'mp3' } },
        { type: 'generative-ui', spec: { root: {} } },
      ],
      metadata: { custom: { long }, steps: [{ usage: { inputTokens: 1, outputTokens: 2 } }] },
      status: { type: 'requires-action', reason: 'tool-calls' },
    },
  ],
  [
    'ai-sdk/v6',
    {
      role: 'user',
      parts: [
        { type: 'text', text: 'Hi' },
        { type: 'file', mediaType: 'image/png', url: picture },
      ],
    },
  ],
  [
    'ai-sdk/v6',
    {
      role: 'assistant',
      metadata: { usage: { totalTokens: 3 } },
      parts: [
        { type: 'step-start' },
        {
          type: 'reasoning',
          text: long,
          state: 'done',
          providerMetadata: { p: { signature: 'x' } },
        },
        {
          type: 'tool-weather',
          toolCallId: 'c1',
          state: 'output-available',
          input: { city: 'Cádiz' },
          output: { degrees: 21 },
        },
        {
          type: 'dynamic-tool',
          toolName: 'odd',
          toolCallId: 'c2',
          state: 'input-available',
          input: {},
        },
        { type: 'step-start' },
        { type: 'text', text: long, state: 'done' },
        { type: 'source-url', sourceId: 's', url: 'https://a.test' },
        { type: 'data-chart', id: 'd', data: { x: 1 } },
      ],
    },
  ],
  ['my-own/v1', { type: 'human', content: 'Hello', more: { of: ['mine'] } }],
  ['my-own/v1', { nothing: 'that Hilo knows' }],
  ['my-own/v1', { role: 'user', content: long, odd: [{ $hilo: 0 }] }],
  ['aui/v0', said('assistant', '', { status: { type: 'incomplete', reason: 'cancelled' } })],
]

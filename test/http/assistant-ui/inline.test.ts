import { afterAll, beforeAll, expect, test, vi } from 'vitest'

import { type Listed, type Message, at, bodyOf } from '../../support/api.ts'
import { attachment, givenThread, openFrontDoor, said } from '../../support/assistant-cloud.ts'
import { fetched, keysOf, picture } from '../../support/files.ts'
import { exported } from '../../support/given-exports.ts'

beforeAll(() => openFrontDoor())
afterAll(() => vi.unstubAllGlobals())

const large = () => picture(`${crypto.randomUUID()}${'x'.repeat(20_000)}`)
const dataUrl = (bytes: Uint8Array) => `data:image/png;base64,${bytes.toBase64()}`

/** The bytes at an address. */
const bytesAt = async (url: string) => new Uint8Array(await (await fetched(url)).arrayBuffer())

const small = dataUrl(picture())
const odd = { $hilo: 0 }

test.each([
  [
    'aui/v0',
    (url: string) =>
      said('user', 'Look', {
        attachments: [
          attachment({ type: 'image', image: url }, { type: 'image', image: small }),
          attachment({ type: 'text', text: 'A long text, of more than forty characters' }),
        ],
      }),
  ],
  [
    'aui/v0',
    (url: string) => said('assistant', 'Here', { content: [{ type: 'image', image: url }] }),
  ],
  [
    'aui/v0',
    (url: string) => said('user', 'Look', { odd, content: [{ type: 'image', image: url }] }),
  ],
  [
    'ai-sdk/v6',
    (url: string) => ({ role: 'user', parts: [{ type: 'file', mediaType: 'image/png', url }] }),
  ],
  [
    'ai-sdk/v6',
    (url: string) => ({
      role: 'user',
      parts: [{ type: 'file', mediaType: 'application/x', url, filename: 'a.bin' }],
    }),
  ],
  [
    'aui/v0',
    (url: string) =>
      said('user', 'Look', {
        content: [{ type: 'file', data: url.replace(/^data:.*,/, ''), mimeType: 'application/x' }],
      }),
  ],
])(
  'many bytes become a file, and an address stands in their place: %s %#',
  async (format, contentOf) => {
    const user = crypto.randomUUID()
    const { messages, id, ann } = await givenThread(user)
    const bytes = large()
    const content = contentOf(dataUrl(bytes))
    const create = () =>
      messages.create(id, {
        parent_id: null,
        format,
        external_id: 'm',
        content: content as never,
        open_run: true,
      })
    const { message_id: message } = await create()
    const shown = async () => (await messages.list(id, { format })).messages
    const [first] = await shown()
    const url = /https:[^"]+content[^"]+/.exec(JSON.stringify(first?.content))?.[0] ?? ''
    expect(await bytesAt(url)).toEqual(bytes)
    expect(first?.content).toEqual(contentOf(url))
    // Sent again with the address that it was read at, it is still the same.
    await create()
    await messages.update(id, message, { content: contentOf(url) as never })
    await messages.create(id, {
      parent_id: null,
      format,
      external_id: 'm',
      content: contentOf(url) as never,
    })
    const { data } = await bodyOf<Listed<Message>>(ann.get(`${at(id)}/messages`))
    expect(data).toHaveLength(1)
    expect(JSON.stringify(data).length).toBeLessThan(3_000)
    expect((await shown())[0]?.content).toEqual(contentOf(url))
    expect(await keysOf({ kind: 'user', id: user })).toHaveLength(1)
    // Elsewhere there is no such file, and everything else is there.
    const file = await (await ann.get(`${at(id)}/export?format=json`)).text()
    const elsewhere = await givenThread()
    const imported = await elsewhere.ann.request('POST', '/api/import', JSON.parse(file))
    const [there] = (await bodyOf<{ conversations: { id: string }[] }>(imported)).conversations
    const [again] = (await elsewhere.messages.list(there?.id ?? '', { format })).messages
    expect(again?.content).toEqual(contentOf(''))
  },
)

test('what was kept whole before is mended as it is imported', async () => {
  const user = crypto.randomUUID()
  const { messages, ann } = await givenThread(user)
  const bytes = large()
  const text = 'A text of more than forty characters, which stands behind a picture'
  const parts = [
    { type: 'image_url', image_url: { url: dataUrl(bytes) } },
    { type: 'text', text },
  ]
  const content = (image: string) => ({
    role: 'user',
    content: [
      { type: 'image', image },
      { type: 'text', text },
    ],
  })
  const marked = {
    role: 'user',
    content: [
      { type: 'image', image: { $hilo: 1 } },
      { type: 'text', text: { $hilo: 0 } },
    ],
  }
  const kept = (more: object) => ({
    id: crypto.randomUUID(),
    role: 'user',
    content: text,
    parts,
    extra: { 'assistant-ui': { format: 'aui/v0', ...more } },
  })
  const before = [
    kept({ content: marked }),
    kept({ content: { ...content(dataUrl(bytes)), odd }, is_whole: true }),
  ]
  const file = exported({ messages: before as never })
  const body = { object: 'hilo.export', version: 1, conversations: [file] }
  const answer = await ann.post('/api/import', body)
  const [there] = (await bodyOf<{ conversations: { id: string }[] }>(answer)).conversations
  const id = there?.id ?? ''
  const shown = (await messages.list(id, { format: 'aui/v0' })).messages.toReversed()
  const urls = shown.map((one) => (one.content['content'] as { image: string }[])[0]!.image)
  expect(shown.map((one) => one.content)).toEqual([
    content(urls[0]!),
    { ...content(urls[1]!), odd },
  ])
  for (const url of urls) expect(await bytesAt(url)).toEqual(bytes)
  const { data } = await bodyOf<Listed<Message>>(ann.get(`${at(id)}/messages`))
  expect(JSON.stringify(data).length).toBeLessThan(6_000)
})

import { env } from 'cloudflare:workers'
import { afterEach, expect, test, vi } from 'vitest'

import { chatOf, messagesOf, storedIn, textOf, versions } from '../../support/ai-sdk.ts'
import { type Client, as, at, bodyOf, send } from '../../support/api.ts'
import { bucket, erase, failing, picture } from '../../support/files.ts'
import { givenConversation } from '../../support/given.ts'
import { question, says, scripted } from '../../support/questions.ts'
import { answered, historyOf, wholeHistoryOf } from '../../support/turns.ts'

const dataUrl = (bytes: Uint8Array) => `data:image/png;base64,${bytes.toBase64()}`
const large = (bytes: number) => picture('x'.repeat(bytes))
const drawn = (bytes: Uint8Array, text = 'Here') => [
  {
    chunk: {
      choices: [{ delta: { content: text, images: [{ image_url: { url: dataUrl(bytes) } }] } }],
    },
  },
  { finish: 'stop' },
]

afterEach(() => vi.restoreAllMocks())

async function asked(client: Client, id: string, bytes: Uint8Array, text?: string) {
  const key = await scripted(drawn(bytes, text))
  return answered(client, id, { messages: [question(key, key)] })
}

const read = async (url: string) => {
  const { pathname, search } = new URL(url)
  return (await send(`${pathname}${search}`)).bytes()
}

test('a picture that a model made is a file of the owner’s, and goes with its conversation', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const bytes = large(20_000)
  const { message } = await asked(ann, id, bytes)
  const [, shown] = message.parts as { image_url?: { file_id: string; url: string } }[]
  const { file_id: fileId = '', url = '' } = shown?.image_url ?? {}
  expect(await read(url)).toEqual(bytes)
  const [, reply] = await historyOf(ann, id)
  expect(reply).toMatchObject({
    content: 'Here',
    status: 'complete',
    parts: [
      { type: 'text', text: 'Here' },
      { type: 'image_url', image_url: { file_id: fileId } },
    ],
  })
  expect((await ann.delete(`/api/files/${fileId}`)).status).toBe(409)
  const bob = await as.user()
  expect((await bob.get(`/api/files/${fileId}`)).status).toBe(404)
  expect(await erase(ann, id)).toMatchObject({ files: 1, is_complete: true })
  expect((await ann.get(`/api/files/${fileId}`)).status).toBe(404)
})

test('one that says nothing else is a reply all the same; a small one stays within it', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const { message } = await asked(ann, id, picture(), '')
  expect(message).toMatchObject({
    content: '',
    status: 'complete',
    parts: [{ type: 'image_url', image_url: { url: expect.stringMatching(/^data:/) } }],
  })
  const html = await (await ann.get(`${at(id)}/export?format=html`)).text()
  expect(html).toContain('src="data:image/png;base64,')
})

test('where the bucket takes none, it stays within its message, or its name does', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  vi.spyOn(env as Env, 'FILES', 'get').mockReturnValue(failing('before', 'put'))
  const kept = await asked(ann, id, large(20_000))
  expect(kept.message.parts?.[1]).toMatchObject({
    image_url: { url: expect.stringMatching(/^data:image\/png/) },
  })
  const named = await asked(ann, id, large(600_000))
  expect(named.message).toMatchObject({
    content: 'Here',
    parts: [{ type: 'text' }, { type: 'file', file: { filename: 'picture.png' } }],
  })
})

test('the bucket that takes it late has it once', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const put = vi.spyOn(bucket, 'put')
  put.mockRejectedValueOnce(new Error('R2: internal error'))
  const { message } = await asked(ann, id, large(20_000))
  expect(message.parts?.[1]).toMatchObject({ image_url: { file_id: expect.any(String) } })
  const { data } = await bodyOf<{ data: object[] }>(ann.get('/api/files'))
  expect(data).toHaveLength(1)
})

test.each(versions)('ai %i shows it as it comes', async (version) => {
  const client = await as.session()
  const chat = chatOf(version, client)
  const bytes = large(20_000)
  await chat.sendMessage({ text: `Draw #${await scripted(drawn(bytes))}` })
  const shown = messagesOf(chat).at(-1)?.parts as { type: string; url?: string }[]
  const file = shown.find(({ type }) => type === 'file')
  expect(file).toMatchObject({ mediaType: 'image/png' })
  expect(await read(file?.url ?? '')).toEqual(bytes)
  // The client sends its copy of all that along with the next question.
  await chat.sendMessage({ text: `More #${await scripted(says('Done'))}` })
  expect(chat.error).toBeUndefined()
  expect((await storedIn(client, chat.id)).map(textOf)).toEqual(messagesOf(chat).map(textOf))
  expect(await wholeHistoryOf(client)).toHaveLength(4)
})

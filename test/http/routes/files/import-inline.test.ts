import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'

import { at, bodyOf, sendWith } from '../../../support/api.ts'
import { aUser, fetched, keysOf, picture } from '../../../support/files.ts'
import { asLines, exported } from '../../../support/given-exports.ts'
import { type ImportAnswer, importing } from '../../../support/importing.ts'

interface Shown {
  content: string
  parts: { type: string; text?: string; image_url?: { url: string }; file?: object }[] | null
}

const dataUrl = (bytes: Uint8Array) => `data:image/png;base64,${bytes.toBase64()}`

/** A conversation whose first message has these pictures in it. */
const showing = (pictures: Uint8Array[], text = 'Look') =>
  JSON.stringify([
    {
      id: 'c',
      messages: [
        {
          id: 'm',
          role: 'user',
          content: [
            { type: 'text', text },
            ...pictures.map((one) => ({ type: 'image_url', image_url: { url: dataUrl(one) } })),
          ],
        },
        { id: 'a', role: 'assistant', content: 'I see' },
      ],
    },
  ])

test('pictures become files before a message is measured, small ones too if they are many', async () => {
  for (const sizes of [[800_000, 700_000], Array.from({ length: 65 }, () => 11_000)]) {
    const { client, owner } = await aUser()
    const pictures = sizes.map((size) => picture(crypto.randomUUID() + 'x'.repeat(size)))
    const file = showing(pictures)
    expect(file.length).toBeGreaterThan(900_000)
    const { conversations, warnings } = await importing(client, file)
    expect(warnings).toEqual([])
    const { data } = await bodyOf<{ data: Shown[] }>(
      client.get(`${at(conversations[0]!.id)}/messages`),
    )
    expect(data.map(({ content }) => content)).toEqual(['Look', 'I see'])
    const shown = data[0]!.parts!.flatMap((part) => part.image_url ?? [])
    expect(shown).toHaveLength(pictures.length)
    for (const [index, { url }] of [...shown.entries()].slice(-2)) {
      expect(new Uint8Array(await (await fetched(url)).arrayBuffer())).toEqual(pictures[index])
    }
    expect(await importing(client, file)).toMatchObject({ unchanged: 1, imported: 0 })
    expect(await keysOf(owner)).toHaveLength(pictures.length)
  }
})

test('a text that is too long, with pictures, is cut beside them and its file, and exports bring all back', async () => {
  const { client, owner } = await aUser()
  const text = 'ñ👩‍👧 '.repeat(90_000)
  const { conversations, warnings } = await importing(
    client,
    showing([picture('y'.repeat(9))], text),
  )
  expect(warnings).toEqual([
    expect.stringMatching(/message 1 is cut.*in the file m\.txt beside it$/),
  ])
  const { data } = await bodyOf<{ data: Shown[] }>(
    client.get(`${at(conversations[0]!.id)}/messages`),
  )
  const [cut, image, whole] = data[0]!.parts!
  expect(text.startsWith(data[0]!.content.slice(0, -1))).toBe(true)
  expect(cut!.text).toBe(data[0]!.content)
  expect(image).toMatchObject({ type: 'image_url' })
  expect(whole).toMatchObject({ type: 'file', file: { file_id: expect.any(String) } })
  expect(await keysOf(owner)).toHaveLength(1)
  const zip = new Uint8Array(
    await (await client.get(`${at(conversations[0]!.id)}/export?format=zip`)).arrayBuffer(),
  )
  const { client: bob } = await aUser()
  const there = await importing(bob, zip)
  expect(there).toMatchObject({ errors: [], warnings: [], imported: 1 })
  const { data: theirs } = await bodyOf<{ data: Shown[] }>(
    bob.get(`${at(there.conversations[0]!.id)}/messages`),
  )
  const { url } = theirs[0]!.parts![2]!.file as { url: string }
  expect(await (await fetched(url)).text()).toBe(text)
})

test('what only says that it is base64 stays as it is', async () => {
  const { client, owner } = await aUser()
  const url = `data:image/png;base64,${'?'.repeat(30_000)}`
  const content = [
    { type: 'text', text: 'Look' },
    { type: 'image_url', image_url: { url } },
  ]
  const { imported, warnings, conversations } = await importing(client, [
    { id: 'c', messages: [{ id: 'm', role: 'user', content }] },
  ])
  expect({ imported, warnings }).toEqual({ imported: 1, warnings: [] })
  const { data } = await bodyOf<{ data: Shown[] }>(
    client.get(`${at(conversations[0]!.id)}/messages`),
  )
  expect(data[0]!.parts).toMatchObject([{ text: 'Look' }, { image_url: { url } }])
  expect(await keysOf(owner)).toEqual([])
})

test('without a bucket such a message is cut, what it had is kept beside it, and its conversation comes in', async () => {
  const { client } = await aUser()
  const without = { ...(env as Env), FILES: undefined } as never
  const send = (body: string) =>
    bodyOf<ImportAnswer>(
      sendWith(without, '/api/import', {
        method: 'POST',
        body,
        headers: { ...client.headers, 'content-type': 'application/json' },
      }),
    )
  const file = showing([picture('z'.repeat(900_000))], 'w'.repeat(300_000))
  const { imported, warnings, conversations } = await send(file)
  expect({ imported, warnings }).toEqual({
    imported: 1,
    warnings: [expect.stringMatching(/message 1 is cut to 262144 bytes; all of it is in `extra`$/)],
  })
  const { data } = await bodyOf<{ data: Shown[] }>(
    client.get(`${at(conversations[0]!.id)}/messages`),
  )
  expect(data).toMatchObject([{ content: /^w+…$/, parts: null }, { content: 'I see' }].map(asMatch))
  expect(await send(file)).toMatchObject({ unchanged: 1 })
})

const asMatch = ({ content, ...more }: { content: string | RegExp; parts?: null }) => ({
  ...more,
  content: expect.stringMatching(content),
})

test('a picture that is larger than a file may be takes nothing with it', async () => {
  const { client, owner } = await aUser()
  const small = { ...(env as Env), MAX_FILE_MB: '1' } as never
  const answer = await bodyOf<ImportAnswer>(
    sendWith(small, '/api/import', {
      method: 'POST',
      body: showing([picture('z'.repeat(1_500_000)), picture('z'.repeat(30_000))]),
      headers: { ...client.headers, 'content-type': 'application/json' },
    }),
  )
  expect(answer).toMatchObject({ imported: 1, failed: 0 })
  expect(answer.warnings).toEqual([
    'Conversation 0: A picture is larger than a file may be here; its name is kept.',
  ])
  expect(await keysOf(owner)).toHaveLength(1)
})

test('lines name a file by its hash, by which another owner who has it gets theirs', async () => {
  const { client: ann } = await aUser()
  const { client: bob } = await aUser()
  const { client: cy } = await aUser()
  const bytes = picture()
  const keep = (client: typeof ann) =>
    bodyOf<{ id: string; sha256: string }>(
      sendWith(env as never, '/api/files', {
        method: 'POST',
        body: bytes as never,
        headers: { ...client.headers, 'hilo-file-name': 'cat.png' },
      }),
    )
  const [hers, his] = [await keep(ann), await keep(bob)]
  const stored = { sha256: hers.sha256, name: 'cat.png', type: 'image/png', bytes: 70 }
  const image = { type: 'image_url', image_url: { file_id: hers.id, stored } }
  const file = await asLines([
    exported({ messages: [{ role: 'user', content: 'Look', parts: [image] as never }] }),
  ])
  const shownTo = async (client: typeof ann) => {
    const { conversations, warnings } = await importing(client, file)
    const { data } = await bodyOf<{ data: Shown[] }>(
      client.get(`${at(conversations[0]!.id)}/messages`),
    )
    return { parts: data[0]!.parts, warnings }
  }
  expect(await shownTo(ann)).toMatchObject({
    parts: [{ image_url: { file_id: hers.id } }],
    warnings: [],
  })
  expect(await shownTo(bob)).toMatchObject({
    parts: [{ image_url: { file_id: his.id } }],
    warnings: [],
  })
  expect(await shownTo(cy)).toEqual({
    parts: [{ type: 'file', file: { filename: 'cat.png' } }],
    warnings: ['Conversation 0: cat.png is not here; its name is kept.'],
  })
})

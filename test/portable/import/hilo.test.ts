import { expect, test } from 'vitest'

import { as } from '../../support/api.ts'
import { asDocument, asLines, exported } from '../../support/given-exports.ts'
import { extraOf, importing, importingOne, lineOf } from '../../support/importing.ts'

const ann = await as.user()
const calls = [{ id: 'c1', type: 'function' as const, function: { name: 'find', arguments: '{}' } }]
const rich = () =>
  exported({
    fields: {
      title: '¿Adónde? 🧭 إلى أين',
      topic: 'viajes',
      language: 'pt-BR',
      is_resolved: true,
      metadata: { ticket: '7' },
      created_at: '2024-01-01T00:00:00.000Z',
      updated_at: '2024-02-01T00:00:00.000Z',
      tokens_used: 12,
    },
    extra: { branches: [{ __proto__: null, deep: [1, { a: null }] }], '1': 'x' },
    messages: [
      { role: 'system', content: 'Be kind.' },
      {
        content: 'Look',
        parts: [
          { type: 'text', text: 'Look' },
          { type: 'image_url', image_url: { url: 'https://pictures.test/1.png' } },
        ],
      },
      { role: 'assistant', content: '', tool_calls: calls, finish_reason: 'tool_calls' },
      { role: 'tool', content: '', tool_call_id: 'c1' },
      { role: 'assistant', content: 'So', status: 'interrupted', model: 'm-1', tokens_used: 12 },
      { role: 'assistant', content: '', finish_reason: 'stop' },
    ],
  })

test.each([
  ['lines', asLines],
  ['a document', asDocument],
])('takes in all that an export of %s has, but whose it was', async (_, write) => {
  const theirs = rich()
  const { conversation, messages, extra } = await importingOne(ann, await write([theirs]))
  const { id: _id, messages: theirMessages, extra: theirExtra, user_id: _user, ...fields } = theirs
  expect(conversation).toMatchObject({ ...fields, summary: null, summary_seq: 0, hold: false })
  expect(conversation.user_id).not.toBe('somebody else')
  expect(messages.map(({ siblings: _siblings, ...message }) => message)).toEqual(
    theirMessages.map((message) => ({
      ...message,
      origin: 'import',
      conversation_id: conversation.id,
    })),
  )
  expect(extra).toEqual(theirExtra)
})

test.each([
  ['lines', asLines],
  ['a document', asDocument],
])('finds that an export of %s is whole', async (_, write) => {
  const many = [exported(), exported({ messages: [] }), exported({ messages: [{}, {}, {}] })]
  expect(await importing(ann, await write(many))).toMatchObject({
    source: 'hilo',
    complete: true,
    warnings: [],
    imported: 3,
    failed: 0,
  })
})

test.each([
  ['lines', asLines],
  ['a document', asDocument],
])('says that an export of %s was changed, and keeps what it holds', async (_, write) => {
  const text = (await write([exported()])).replace('message 1', 'message one')
  const answer = await importing(ann, text)
  expect(answer).toMatchObject({ complete: false, imported: 1 })
  expect(answer.warnings).toEqual([
    'The file was changed since it was exported: its digest is another.',
  ])
})

test.each([
  ['lines', asLines],
  ['a document', asDocument],
])('says that an export of %s lacks what its end counts', async (_, write) => {
  const all = [exported(), exported()]
  const text = (await write(all))
    .replace('"conversations":2', '"conversations":3')
    .replace('"messages":2', '"messages":5')
  expect((await importing(ann, text)).warnings).toEqual([
    'The file has 2 conversations; its end says another number.',
    'The file has 2 messages; its end says another number.',
  ])
})

test('says that an export goes on in another file, and takes both of them at once', async () => {
  const first = await asLines([exported()], 'cursor')
  const goesOn = 'The export goes on in another file, from where its next_cursor leads.'
  expect(await importing(ann, first)).toMatchObject({ complete: true, warnings: [goesOn] })
  expect(await importing(ann, first + (await asLines([exported()])))).toMatchObject({
    complete: true,
    warnings: [goesOn],
    imported: 1,
    unchanged: 1,
  })
})

test('keeps an archived conversation archived, since when it was', async () => {
  const archived_at = '2024-05-01T00:00:00.000Z'
  const { conversation } = await importingOne(
    ann,
    await asLines([exported({ fields: { is_active: false, archived_at } })]),
  )
  expect(conversation).toMatchObject({ is_active: false, archived_at })
})

test('takes lines that a system ends in its own way, and a last one that nothing ends', async () => {
  const text = (await asLines([exported()])).trimEnd()
  expect(await importing(ann, `\uFEFF${text}`)).toMatchObject({ complete: true, imported: 1 })
  const windows = await importing(ann, text.replaceAll('\n', '\r\n'))
  expect(windows).toMatchObject({ unchanged: 1, complete: false })
})

test.each([0, 1])(
  'says which conversation a document is cut in, after %i whole ones',
  async (whole) => {
    const all = [exported(), exported({ messages: [{}, {}, {}] })]
    const text = await asDocument(all)
    const cut = text.slice(0, text.indexOf(all[whole]?.id ?? '') + 200)
    const answer = await importing(await as.user(), cut)
    expect(answer).toMatchObject({ complete: false, imported: whole, failed: 1 })
    expect(answer.errors).toMatchObject([
      { index: whole, detail: 'The file ends in the middle of it' },
    ])
  },
)

test('a message that is damaged takes no conversation with it but its own', async () => {
  const [one, two, three] = [exported({ messages: [{}, {}] }), exported(), exported()]
  const text = (await asLines([one, two, three])).replace('"content":"message 2"', '"content":')
  const answer = await importing(ann, text)
  expect(answer).toMatchObject({ imported: 2, failed: 1, complete: false })
  expect(answer.errors).toMatchObject([
    { index: 0, line: 2, source_id: one.id, detail: 'Line 4: Not valid JSON' },
  ])
})

test('says which conversation lost a message, or has one of another', async () => {
  const lines = (await asLines([exported({ messages: [{}, {}] }), exported()])).split('\n')
  const without = await importing(ann, lines.toSpliced(3, 1).join('\n'))
  expect(without.errors).toMatchObject([{ index: 0, detail: 'It has 1 of its 2 messages' }])
  const moved = await importing(
    ann,
    lines
      .toSpliced(3, 1)
      .toSpliced(4, 0, lines[3] ?? '')
      .join('\n'),
  )
  expect(moved).toMatchObject({ imported: 0, unchanged: 1 })
  expect(moved.errors.map(({ detail }) => detail)).toEqual([
    'It has 1 of its 2 messages',
    'A message of it comes without it',
  ])
})

test('names what is neither a conversation nor a message', async () => {
  const [first = '', ...others] = (await asLines([exported()])).split('\n')
  const answer = await importing(ann, [first, '{"object":"note"}', '[]', ...others].join('\n'))
  expect(answer).toMatchObject({ imported: 1, failed: 2 })
  expect(answer.errors).toMatchObject([
    { index: 0, line: 2, detail: 'Neither a conversation nor a message' },
    { index: 1, line: 3 },
  ])
})

test('keeps the order of what was said, whatever its times say', async () => {
  const { messages } = await importingOne(
    ann,
    await asLines([
      exported({
        messages: [
          { created_at: '2024-03-02T00:00:00.000Z' },
          { created_at: '2024-03-01T00:00:00.000Z' },
        ],
      }),
    ]),
  )
  expect(messages.map(lineOf)).toEqual(['user: message 1', 'user: message 2'])
  expect(messages.map((message) => message.created_at)).toEqual([
    '2024-03-02T00:00:00.000Z',
    '2024-03-01T00:00:00.000Z',
  ])
})

test('an extra that is no object comes out as it went in', async () => {
  const { id } = await importingOne(
    ann,
    await asDocument([exported({ extra: ['as', 'it', 'is'] })]),
  )
  expect(await extraOf(id)).toEqual(['as', 'it', 'is'])
})

import { expect, test } from 'vitest'

import { thoughtsOf } from '../../src/contract/part.ts'
import { type Client, as, at, bodyOf } from '../support/api.ts'
import { asLines, exported } from '../support/given-exports.ts'
import { importing } from '../support/importing.ts'
import { says } from '../support/portable.ts'
import { historyOf } from '../support/turns.ts'

interface Tree {
  current_node: string
  mapping: Record<string, { children: string[]; message: object | null }>
}

const picture = 'data:image/png;base64,AAAA'
const text = (said: string) => ({ type: 'text' as const, text: said })
const thought = (said: string) => ({ type: 'reasoning' as const, text: said })
const attached = (file: object) => ({ type: 'file' as const, file })

/** A question with files, two answers that were thought over, and what follows the first. */
const branched = exported({
  messages: [
    {
      content: 'What is on it?',
      parts: [
        text('What is on it?'),
        attached({ filename: 'legend.pdf' }),
        attached({ filename: 'map.png', file_data: picture }),
      ],
    },
    says('A coast', { parts: [text('A coast'), thought('Blue'), thought('Green')] }),
    says('A river', { parent_id: 'm1', parts: [text('A river'), thought('Thin')] }),
    { content: 'Sure?', parent_id: 'm2' },
  ],
})

const saidIn = async (client: Client, id: string) =>
  (await historyOf(client, id, 'all'))
    .map(({ id: name, parent_id: parent, content, parts }) =>
      [name, parent, content, thoughtsOf(parts).join('\n\n')].join(' '),
    )
    .toSorted()

test('holds branches, what was thought on each, and names of files, and brings them back', async () => {
  const ann = await as.user()
  const given = await importing(ann, await asLines([branched]))
  const id = given.conversations[0]?.id ?? ''
  const [tree] = await bodyOf<Tree[]>(ann.get(`${at(id)}/export?format=chatgpt`))
  const { mapping, current_node: current } = tree!
  expect(current).toBe('m4')
  expect(mapping['m1']?.children).toEqual(['m2~thoughts', 'm3~thoughts'])
  expect(mapping['m2~thoughts']?.message).toMatchObject({
    content: { content_type: 'thoughts', thoughts: [{ content: 'Blue' }, { content: 'Green' }] },
  })
  expect(mapping['m2']?.children).toEqual(['m4'])
  expect(mapping['m1']?.message).toMatchObject({
    content: {
      content_type: 'multimodal_text',
      parts: ['What is on it?', { content_type: 'image_asset_pointer', asset_pointer: picture }],
    },
    metadata: { attachments: [{ name: 'legend.pdf' }, { name: 'map.png' }] },
  })
  const bob = await as.user()
  const { conversations, warnings } = await importing(bob, [tree])
  expect(warnings).toEqual([])
  const copy = conversations[0]?.id ?? ''
  expect(await saidIn(bob, copy)).toEqual(await saidIn(ann, id))
  const [first] = await historyOf(bob, copy)
  const kept = JSON.stringify(first)
  for (const name of ['legend.pdf', 'map.png', picture]) expect(kept).toContain(name)
})

test('brings back the pages that a message names', async () => {
  const page = { type: 'source' as const, url: 'https://a.test/', title: 'A' }
  const [ann, ben] = [await as.user(), await as.user()]
  const theirs = exported({ messages: [{}, says('So.', { parts: [text('So.'), page] })] })
  const { conversations } = await importing(ann, await asLines([theirs]))
  const given = await ann.get(`${at(conversations[0]!.id)}/export?format=chatgpt`)
  const back = await importing(ben, await given.text())
  const [, answer] = await historyOf(ben, back.conversations[0]!.id)
  expect(answer).toMatchObject({ content: 'So.', parts: [text('So.'), page] })
})

test('brings back a message with several calls as the one that it was', async () => {
  const call = (id: string) => ({
    id,
    type: 'function' as const,
    function: { name: 'look', arguments: '{"a":1}' },
  })
  const [ann, ben] = [await as.user(), await as.user()]
  const result = (id: string) => ({ role: 'tool' as const, tool_call_id: id, content: id })
  const theirs = exported({
    messages: [
      {},
      says('I look.', { tool_calls: [call('c1'), call('c2')] }),
      result('c1'),
      result('c2'),
      says('', { tool_calls: [call('c3'), call('c4')] }),
    ],
  })
  const { conversations } = await importing(ann, await asLines([theirs]))
  const given = await ann.get(`${at(conversations[0]!.id)}/export?format=chatgpt`)
  const back = await importing(ben, await given.text())
  const said = await historyOf(ben, back.conversations[0]!.id)
  expect(said.map(({ id, content, tool_calls: calls }) => [id, content, calls])).toEqual([
    ['m1', 'message 1', null],
    ['m2', 'I look.', [call('c1'), call('c2')]],
    ['m3', 'c1', null],
    ['m4', 'c2', null],
    ['m5', '', [call('c3'), call('c4')]],
  ])
})

test('brings back what was only thought, a tool of any name, a result without words, and why an answer ended', async () => {
  const [ann, ben] = [await as.user(), await as.user()]
  const called = { id: 'c1', type: 'function' as const, function: { name: 'all', arguments: '{}' } }
  const theirs = exported({
    messages: [
      {},
      says('', { status: 'interrupted', parts: [thought('Hm')] }),
      {},
      says('I ask all.', { tool_calls: [called], finish_reason: 'tool_calls' }),
      { role: 'tool', tool_call_id: 'elsewhere', content: '' },
      says('I go on for', { finish_reason: 'length' }),
      says('', { status: 'interrupted', parts: [thought('So')] }),
    ],
  })
  const { conversations } = await importing(ann, await asLines([theirs]))
  const given = await ann.get(`${at(conversations[0]!.id)}/export?format=chatgpt`)
  const back = await importing(ben, await given.text())
  const [before, after] = await Promise.all(
    [ann, ben].map(async (one, index) =>
      (await historyOf(one, [conversations, back.conversations][index]![0]!.id)).map(
        ({ created_at: _at, conversation_id: _id, extra: _extra, ...message }) => message,
      ),
    ),
  )
  expect(after).toEqual(before)
})

import { expect, test } from 'vitest'

import { conversation, node, text } from '../../portable/samples/chatgpt.ts'
import { as } from '../../support/api.ts'
import { importedAs, importing, lineOf } from '../../support/importing.ts'
import { historyOf } from '../../support/turns.ts'

const ann = await as.user()

const mark = '\uE200cite\uE202turn0search0\uE201'
const linkTo = (alt: string) => ({
  metadata: { content_references: [{ matched_text: mark, alt, type: 'grouped_webpages' }] },
})

/** A chat of ChatGPT's whose answer is written so. */
const chat = (id: string, answer: string, more: object = {}, later: object = {}) => [
  conversation(
    id,
    [node('q'), node('a', { role: 'assistant', content: text(answer), more })],
    later,
  ),
]

test.each([
  ['pages that are linked otherwise', `Big.${mark}`, linkTo('([A](https://a.test/?from=chat))')],
  ['pages of which nothing is told any more', `Big.${mark}`, {}],
])('an answer with %s is the same', async (_, answer, more) => {
  const id = crypto.randomUUID()
  await importing(ann, chat(id, `Big.${mark}`, linkTo('([A](https://a.test/))')))
  const newer = chat(id, answer, more, { update_time: 1_700_009_000 })
  const { conversations } = await importing(ann, newer)
  const [one] = conversations
  expect(one?.added ?? 0).toBe(0)
  const all = await historyOf(ann, one!.id, 'all')
  expect(all.map(lineOf)).toEqual(['user: q', 'assistant: Big. ([A](https://a.test/))'])
})

test('so is one with other ends of lines and other signs for the same letters', async () => {
  const id = crypto.randomUUID()
  await importing(ann, chat(id, 'One  \r\n\r\nCafe\u0301'))
  const { conversations } = await importing(ann, chat(id, 'One\n\nCaf\u00E9\n'))
  expect(conversations).toMatchObject([{ outcome: 'unchanged' }])
  const { conversations: indented } = await importing(ann, chat(id, 'One\n\n  Caf\u00E9'))
  expect(indented).toMatchObject([{ added: 1 }])
})

test('one that was cut within a mark is completed, whatever pages it is known to cite by then', async () => {
  const id = crypto.randomUUID()
  const cut = { status: 'in_progress' }
  await importing(ann, chat(id, `Big.${mark} And \uE200cite\uE202turn0sea`, cut))
  const whole = chat(id, `Big.${mark} And old.`, linkTo('([A](https://a.test/))'))
  const { conversations } = await importing(ann, whole)
  expect(conversations).toMatchObject([{ added: 0, completed: 1 }])
  const { messages } = await importedAs(ann, conversations[0]!.id)
  expect(messages.map(lineOf)).toEqual([
    'user: q',
    'assistant: Big. ([A](https://a.test/)) And old.',
  ])
})

test('a result that came since answers the call that stands here', async () => {
  const uuid = crypto.randomUUID()
  const turn = (day: number, id: string | null, ...results: object[]) => ({
    uuid,
    updated_at: `2026-01-0${day}T00:00:00Z`,
    chat_messages: [
      {
        uuid: 'a',
        sender: 'assistant',
        content: [{ type: 'tool_use', id, name: 'look', input: {} }, ...results],
      },
    ],
  })
  await importing(ann, [turn(1, null)])
  const result = { type: 'tool_result', tool_use_id: 'toolu_1', content: 'seen' }
  const { conversations } = await importing(ann, [turn(2, 'toolu_1', result)])
  const [asked, answered] = await historyOf(ann, conversations[0]!.id, 'all')
  expect(answered).toMatchObject({ content: 'seen', tool_call_id: asked?.tool_calls?.[0]?.id })
})

test('calls that an earlier export had without their ids are the same; calls of another id are not', async () => {
  const turn = (uuid: string, id: string | null, more: object = {}) => [
    {
      uuid,
      updated_at: '2026-01-01T00:00:00Z',
      ...more,
      chat_messages: [
        {
          uuid: 'a',
          sender: 'assistant',
          content: [
            { type: 'tool_use', id, name: 'look', input: { a: 1 } },
            { type: 'tool_result', tool_use_id: id, content: 'seen' },
            { type: 'text', text: 'So.' },
          ],
        },
      ],
    },
  ]
  const uuid = crypto.randomUUID()
  await importing(ann, turn(uuid, null))
  const newer = { updated_at: '2026-01-02T00:00:00Z' }
  const { conversations } = await importing(ann, turn(uuid, 'toolu_1', newer))
  expect(conversations).toMatchObject([{ added: 0 }])
  const all = await historyOf(ann, conversations[0]!.id, 'all')
  expect(all.map(lineOf)).toEqual(['assistant: ', 'tool: seen', 'assistant: So.'])
  const named = crypto.randomUUID()
  await importing(ann, turn(named, 'toolu_1'))
  expect(await importing(ann, turn(named, 'toolu_2', newer))).toMatchObject({
    conversations: [{ added: 3 }],
  })
})

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

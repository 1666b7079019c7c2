import { expect, test } from 'vitest'

import { type Client, append, as, bodyOf } from '../../support/api.ts'
import { importedAs, importing } from '../../support/importing.ts'
import { inRecord } from '../../support/record.ts'

const text = (citations?: object[]) => ({
  type: 'text',
  text: 'So it is.',
  ...(citations && { citations }),
})
const thought = { type: 'thinking', thinking: 'Hm.' }
const cited = { details: { type: 'web_search_citation', url: 'https://a.test/1' } }

/** A file of Claude's whose answer has these blocks. */
const claude = (id: string, ...content: object[]) => [
  {
    uuid: id,
    chat_messages: [
      { uuid: `${id}-q`, sender: 'human', text: 'Is it so?' },
      { uuid: `${id}-a`, sender: 'assistant', text: 'So it is.', content },
    ],
  },
]

async function given() {
  const client = await as.user()
  const source = crypto.randomUUID()
  const { conversations } = await importing(client, claude(source, text()))
  const { id } = conversations[0]!
  await inRecord(id, 2)
  const bring = (...content: object[]) => importing(client, claude(source, ...content))
  return { client, id, bring }
}

const partsOf = async (client: Client, id: string) =>
  (await importedAs(client, id)).messages.map(({ parts }) => parts?.map(({ type }) => type) ?? null)

test('what was thought, and where it comes from, is taken over from a file that has it', async () => {
  const { client, id, bring } = await given()
  expect(await partsOf(client, id)).toEqual([null, null])
  expect(await bring(thought, text())).toMatchObject({
    conversations: [{ outcome: 'updated', added: 0, completed: 1 }],
  })
  expect(await partsOf(client, id)).toEqual([null, ['reasoning', 'text']])
  const whole = [thought, text([cited])]
  expect(await bring(...whole)).toMatchObject({ conversations: [{ completed: 1 }] })
  expect(await partsOf(client, id)).toEqual([null, ['reasoning', 'text', 'source']])
  // Neither the same file again nor one that lacks it takes anything back.
  for (const again of [whole, [text()]])
    expect(await bring(...again)).toMatchObject({ unchanged: 1 })
  expect(await partsOf(client, id)).toEqual([null, ['reasoning', 'text', 'source']])
})

test('an answer that somebody here has answered stays as they saw it', async () => {
  const { client, id, bring } = await given()
  expect((await append(client, id, [{ role: 'user', content: 'Why?' }])).status).toBe(201)
  expect(await bring(thought, text())).toMatchObject({ unchanged: 1 })
  expect(await partsOf(client, id)).toEqual([null, null, null])
})

test('a thought that somebody deleted here does not come back', async () => {
  const { client, id, bring } = await given()
  await bring(thought, text())
  const items = `/v1/conversations/${id}/items`
  const { data } = await bodyOf<{ data: { id: string; type: string }[] }>(client.get(items))
  const own = data.find(({ type }) => type === 'reasoning')
  expect((await client.delete(`${items}/${own?.id}`)).status).toBe(200)
  expect(await bring(thought, text())).toMatchObject({ unchanged: 1 })
  expect((await partsOf(client, id))[1] ?? []).not.toContain('reasoning')
})

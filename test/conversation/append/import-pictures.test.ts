import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'

import * as openWebUi from '../../portable/samples/open-webui.ts'
import { at } from '../../support/api.ts'
import { importing } from '../../support/importing.ts'
import { importingAll, newId } from '../../support/newer-files.ts'
import { eventually } from '../../support/record.ts'
import { historyOf } from '../../support/turns.ts'

const PICTURE = 'data:image/png;base64,iVBORw0KGgo='
const pictured = (id: string, content: string, url: string, at: number) => [
  openWebUi.row(
    openWebUi.chat(
      [
        openWebUi.message('q', null, { content, files: [{ type: 'image', url, name: 'p.png' }] }),
        openWebUi.message('a', 'q', { role: 'assistant', content: 'A cat.', done: true }),
      ],
      'a',
    ),
    { id, updated_at: at },
  ),
]

const partsInRecord = async (id: string) =>
  (await env.DB.prepare('SELECT parts FROM messages WHERE conversation_id = ?').bind(id).all())
    .results

test.each([
  ['beside a text', 'See', 'user: See'],
  ['alone', '', 'user: [p.png]'],
])(
  'a picture %s of which there was only the name comes with a file that has it',
  async (_, content, line) => {
    const id = newId()
    const [named, whole] = [
      pictured(id, content, '/api/v1/files/f/content', 1_700_000_600),
      pictured(id, content, PICTURE, 1_700_009_000),
    ]
    const { client, id: here, told, all } = await importingAll(named, whole)
    expect(told).toMatchObject({ outcome: 'updated', added: 0, completed: 1 })
    expect(all).toEqual([line, 'assistant: A cat.'])
    const [asked] = await historyOf(client, here)
    expect(asked?.parts?.at(-1)).toMatchObject({ type: 'image_url' })
    await eventually(async () => JSON.stringify(await partsInRecord(here)).includes('image_url'))
    expect(await importing(client, whole)).toMatchObject({ unchanged: 1 })
    expect(await importing(client, named)).toMatchObject({ unchanged: 1 })
  },
)

test('a picture that somebody deleted here does not come back', async () => {
  const id = newId()
  const whole = pictured(id, 'See', PICTURE, 1_700_000_600)
  const { client, id: here } = await importingAll(whole)
  const deleted = await client.delete(`${at(here)}/messages/q`)
  expect(deleted.status).toBe(200)
  await importing(client, pictured(id, 'See', PICTURE, 1_700_009_000))
  expect(JSON.stringify(await historyOf(client, here, 'all'))).not.toContain('image_url')
})

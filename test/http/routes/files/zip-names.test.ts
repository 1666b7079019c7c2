import { expect, test } from 'vitest'

import * as claude from '../../../portable/samples/claude.ts'
import * as libre from '../../../portable/samples/librechat.ts'
import { type Client, type Message, at, bodyOf } from '../../../support/api.ts'
import { aUser, fetched, keysOf, picture } from '../../../support/files.ts'
import { importing } from '../../../support/importing.ts'
import { zipOf } from '../../../support/zips.ts'

/** The bytes of all files that an archive's one conversation shows, in order; null for one that is only named. */
async function shownOf(client: Client, files: Record<string, string | Uint8Array>) {
  const { conversations, failed } = await importing(client, await zipOf(files))
  expect(failed).toBe(0)
  const path = `${at(conversations[0]!.id)}/messages`
  const { data } = await bodyOf<{ data: Message[] }>(client.get(path))
  const parts = data.flatMap((message) => message.parts ?? []) as {
    image_url?: { url?: string }
    file?: { url?: string }
  }[]
  const named = parts.flatMap(({ image_url: image, file }) => image ?? file ?? [])
  return Promise.all(
    named.map(async ({ url }) =>
      url === undefined ? null : new Uint8Array(await (await fetched(url)).arrayBuffer()),
    ),
  )
}

test('of the files in a folder that has an id, the one of that name is taken', async () => {
  const { client, owner } = await aUser()
  const [uuid, cat] = [crypto.randomUUID(), picture()]
  const files = ['cat.png', 'gone.png'].map((file_name) => ({ file_uuid: uuid, file_name }))
  const asked = claude.message('q', [claude.says('Look')], { files })
  const shown = await shownOf(client, {
    'conversations.json': JSON.stringify([claude.conversation([asked])]),
    [`files/${uuid}/cat.png`]: cat,
    [`files/${uuid}/dog.png`]: picture(),
  })
  expect(shown).toEqual([cat, null])
  expect(await keysOf(owner)).toHaveLength(1)
})

test('of files of one name, the one is taken whose path is named, whatever is asked of it there', async () => {
  const { client, owner } = await aUser()
  const [one, two] = [picture(), picture()]
  const messages = [
    libre.message('q', {
      files: ['/images/u/one/img.png?manual=1', 'https://chat.test/images/u/two/img.png#top'].map(
        (filepath) => ({ filename: 'img.png', filepath }),
      ),
    }),
  ]
  const shown = await shownOf(client, {
    'conversation.json': JSON.stringify(libre.conversation({ messages })),
    'images/u/one/img.png': one,
    'images/u/two/img.png': two,
    'images/u/three/img.png': picture(),
  })
  expect(shown).toEqual([one, two])
  expect(await keysOf(owner)).toHaveLength(2)
})

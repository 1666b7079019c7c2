import { expect, test } from 'vitest'

import * as chatgpt from '../../../portable/samples/chatgpt.ts'
import * as claude from '../../../portable/samples/claude.ts'
import * as libre from '../../../portable/samples/librechat.ts'
import * as webui from '../../../portable/samples/open-webui.ts'
import { type Client, at, bodyOf } from '../../../support/api.ts'
import { aUser, fetched, keysOf, picture } from '../../../support/files.ts'
import { importing } from '../../../support/importing.ts'
import { zipOf } from '../../../support/zips.ts'

interface Named {
  file_id?: string
  filename?: string
  url?: string
}
interface Shown {
  role: string
  content: string
  parts: { type: string; image_url?: Named; file?: Named }[] | null
}

/** Imports a ZIP of one conversation. */
async function brought(client: Client, files: Record<string, string | Uint8Array>) {
  const zip = await zipOf(files)
  const { conversations, warnings, failed } = await importing(client, zip)
  expect(failed).toBe(0)
  const { data } = await bodyOf<{ data: Shown[] }>(
    client.get(`${at(conversations[0]!.id)}/messages`),
  )
  const files_ = data.flatMap(({ parts }) =>
    (parts ?? []).flatMap(({ image_url: image, file }) => image ?? file ?? []),
  )
  const again = await importing(client, zip)
  expect(again).toMatchObject({ unchanged: 1, imported: 0 })
  return { messages: data, files: files_, warnings }
}

const bytesOf = async ({ url = '' }: Named) =>
  new Uint8Array(await (await fetched(url)).arrayBuffer())

test('Claude’s ZIP comes in with the files it holds, and says what it does not hold', async () => {
  const { client, owner } = await aUser()
  const [cat, notes] = [picture(), new TextEncoder().encode('%PDF-1.7 of notes')]
  const uuids = { cat: crypto.randomUUID(), gone: crypto.randomUUID() }
  const asked = claude.message('q', [claude.says('Look')], {
    attachments: [
      { file_name: 'read.txt', file_type: 'txt', file_size: 9, extracted_content: 'In words' },
    ],
    files: [
      { file_uuid: uuids.cat, file_name: 'cat.png' },
      { file_uuid: uuids.gone, file_name: 'gone.png' },
      { file_name: 'notes.pdf' },
    ],
  })
  const { messages, files, warnings } = await brought(client, {
    'conversations.json': JSON.stringify([claude.conversation([asked])]),
    'users.json': '[{"uuid":"u"}]',
    'projects.json': '[]',
    [`files/${uuids.cat}/cat.png`]: cat,
    'files/notes.pdf': notes,
    'files/other.png': picture(),
  })
  expect(messages[0]!.content).toBe('Look\n\nread.txt\n\nIn words')
  const [shown, read, gone] = files
  expect(await bytesOf(shown!)).toEqual(cat)
  expect(read).toMatchObject({ filename: 'notes.pdf', file_id: expect.any(String) })
  expect(await bytesOf(read!)).toEqual(notes)
  expect(gone).toEqual({ filename: 'gone.png' })
  expect(warnings).toEqual([
    'Conversation 0: gone.png is not in the archive; its name is kept.',
    'No message names these files of the archive, and they are left out: files/other.png.',
  ])
  expect(await keysOf(owner)).toHaveLength(2)
})

test('Open WebUI’s chats in a ZIP have the uploads that they name, and pictures that are in the JSON', async () => {
  const { client, owner } = await aUser()
  const [inside, upload] = [picture('x'.repeat(20_000)), new TextEncoder().encode('a,b\n1,2\n')]
  const id = crypto.randomUUID()
  const chat = webui.chat(
    [
      webui.message('q', null, {
        files: [
          { type: 'image', url: `data:image/png;base64,${inside.toBase64()}` },
          { type: 'file', id, name: 'table.csv', file: { id, filename: 'table.csv' } },
          { type: 'image', url: `/api/v1/files/${crypto.randomUUID()}/content`, name: 'lost.png' },
        ],
      }),
    ],
    'q',
  )
  const { files, warnings } = await brought(client, {
    'folder-Trips-export-1.json': JSON.stringify([webui.row(chat, { folder_id: 'f' })]),
    [`uploads/${id}_table.csv`]: upload,
    // What somebody sent is no chat.
    'uploads/data.json': '{"a":1}',
  })
  expect(await bytesOf(files[0]!)).toEqual(inside)
  expect(files[1]).toMatchObject({ filename: 'table.csv' })
  expect(await bytesOf(files[1]!)).toEqual(upload)
  expect(warnings).toEqual([
    'Conversation 0: lost.png is not in the archive; its name is kept.',
    'No message names these files of the archive, and they are left out: uploads/data.json.',
  ])
  expect(await keysOf(owner)).toHaveLength(2)
})

test('LibreChat’s conversation in a ZIP has its files, what its tools drew, and pictures in its blocks', async () => {
  const { client, owner } = await aUser()
  const [sent, drawn, inside] = [picture(), picture(), picture('x'.repeat(30_000))]
  const user = '66b1f6d2a3c4e5f601234567'
  const id = crypto.randomUUID()
  const messages = [
    libre.message('q', {
      files: [
        { file_id: id, filename: 'cat.png', filepath: `/images/${user}/${id}__cat.png` },
        { file_id: crypto.randomUUID(), filename: 'lost.pdf', filepath: '/uploads/lost.pdf' },
      ],
      content: [
        { type: 'text', text: 'Look' },
        {
          type: 'image_url',
          image_url: { url: `data:image/png;base64,${inside.toBase64()}` },
        },
      ],
    }),
    libre.answer('a', {
      parentMessageId: 'q',
      attachments: [
        { filename: 'img-1.png', filepath: `/images/${user}/img-1.png?manual=1`, messageId: 'a' },
        { type: 'web_search', web_search: { organic: [] } },
      ],
    }),
  ]
  const { files, warnings } = await brought(client, {
    'conversation.json': JSON.stringify(libre.conversation({ messages })),
    [`images/${user}/${id}__cat.png`]: sent,
    [`images/${user}/img-1.png`]: drawn,
  })
  const held = await Promise.all(files.filter((one) => one.url).map(bytesOf))
  expect(held).toHaveLength(3)
  expect(held).toEqual(expect.arrayContaining([sent, drawn, inside]))
  expect(files).toContainEqual({ filename: 'lost.pdf' })
  expect(warnings).toEqual(['Conversation 0: lost.pdf is not in the archive; its name is kept.'])
  expect(await keysOf(owner)).toHaveLength(3)
})

test('of two files of one name neither is taken by it, and none that is another’s by its id', async () => {
  const { client, owner } = await aUser()
  const other = crypto.randomUUID()
  const asked = claude.message('q', [claude.says('Look')], {
    files: [
      { file_uuid: crypto.randomUUID(), file_name: 'image.png' },
      { file_uuid: crypto.randomUUID(), file_name: 'twice.png' },
    ],
  })
  const { files } = await brought(client, {
    'conversations.json': JSON.stringify([claude.conversation([asked])]),
    [`${other}/image.png`]: picture(),
    'a/twice.png': picture(),
    'b/twice.png': picture(),
  })
  expect(files).toEqual([{ filename: 'image.png' }, { filename: 'twice.png' }])
  expect(await keysOf(owner)).toEqual([])
})

test('what ChatGPT’s messages have attached comes in too, and a damaged file takes nothing with it', async () => {
  const { client } = await aUser()
  const notes = new TextEncoder().encode('%PDF-1.7 of more notes')
  const made = chatgpt.node('m', {
    content: { content_type: 'text', parts: ['See'] },
    more: {
      metadata: {
        attachments: [
          { id: 'file-Doc1', name: 'notes.pdf' },
          { id: 'file-Bad1', name: 'bad.pdf' },
        ],
      },
    },
  })
  const zip = await zipOf(
    {
      'conversations.json': JSON.stringify([chatgpt.conversation('c', [made])]),
      'file-Doc1-notes.pdf': notes,
      'file-Bad1-bad.pdf': 'A file that is spoilt',
    },
    { level: 0 },
  )
  const place = new TextDecoder('latin1').decode(zip).indexOf('that is spoilt')
  zip.set(new TextEncoder().encode('THAT'), place)
  const { conversations, warnings, failed } = await importing(client, zip)
  expect(failed).toBe(0)
  const { data } = await bodyOf<{ data: Shown[] }>(
    client.get(`${at(conversations[0]!.id)}/messages`),
  )
  const files = data[0]!.parts!.flatMap(({ file }) => file ?? [])
  expect(await bytesOf(files.find((one) => one.filename === 'notes.pdf')!)).toEqual(notes)
  expect(files.filter((one) => one.file_id === undefined)).toHaveLength(1)
  expect(warnings).toEqual([
    'Conversation 0: file-Bad1-bad.pdf is damaged, or no file of an export; its name is kept.',
  ])
})

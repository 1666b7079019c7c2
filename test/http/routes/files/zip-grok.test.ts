import { expect, test } from 'vitest'

import { activity } from '../../../portable/samples/gemini.ts'
import * as grok from '../../../portable/samples/grok.ts'
import * as leChat from '../../../portable/samples/le-chat.ts'
import { aUser, fetched } from '../../../support/files.ts'
import { importedAs, importing } from '../../../support/importing.ts'
import { zipOf } from '../../../support/zips.ts'

test('Grok’s ZIP comes in with the files that it holds without their names', async () => {
  const { client } = await aUser()
  const [drawn, sent] = [crypto.randomUUID(), crypto.randomUUID()]
  const notes = new TextEncoder().encode('%PDF-1.7 of notes')
  const backend = grok.file(
    grok.conversation([
      grok.response('q', 'human', 'See', { file_attachments: [sent, drawn] }),
      grok.response('a', 'ASSISTANT', 'Seen', { parent_response_id: 'q' }),
    ]),
  )
  const zip = await zipOf({
    'ttl/30d/export_data/u/prod-grok-backend.json': JSON.stringify(backend),
    'ttl/30d/export_data/u/prod-mc-billing.json': '{"balance":1}',
    'ttl/30d/export_data/u/prod-mc-auth-mgmt-api.json': '{"user":1}',
    [`ttl/30d/export_data/u/prod-mc-asset-server//${sent}/content`]: notes,
  })
  const { conversations, warnings, failed } = await importing(client, zip)
  expect(failed).toBe(0)
  const { messages } = await importedAs(client, conversations[0]!.id)
  expect(messages.map(({ content }) => content)).toEqual(['See', 'Seen'])
  const [, first, second] = (messages[0]?.parts ?? []) as { file?: { url?: string } }[]
  const bytes = await (await fetched(first?.file?.url ?? '')).arrayBuffer()
  expect(new Uint8Array(bytes)).toEqual(notes)
  expect(second?.file).toEqual({ filename: 'file' })
  expect(warnings).toEqual([`Conversation 0: ${drawn} is not in the archive; its name is kept.`])
})

test('so do those of Le Chat and Gemini, with the files that they name', async () => {
  const { client } = await aUser()
  const chatId = crypto.randomUUID()
  const notes = new TextEncoder().encode('%PDF-1.7 of notes')
  const lechat = await zipOf({
    [`chat-${chatId}.json`]: JSON.stringify([
      leChat.message('q', 'user', 'See', { chatId, files: [{ type: 'document', name: 'a.pdf' }] }),
    ]),
    [`chat-${chatId}-files/a.pdf`]: notes,
    [`chat-${chatId}-files/b.json`]: '{"a":1}',
  })
  const prompt = {
    ...activity('Prompted See', '<p>Seen</p>'),
    subtitles: [{ name: 'Attached 1 file.' }, { name: '-  a.pdf', url: 'a-x1.pdf' }],
    attachedFiles: ['a-x1.pdf'],
  }
  const gemini = await zipOf({
    'Takeout/My Activity/Gemini Apps/MyActivity.json': JSON.stringify([prompt]),
    'Takeout/My Activity/Gemini Apps/a-x1.pdf': notes,
  })
  for (const zip of [lechat, gemini]) {
    const { conversations, failed } = await importing(client, zip)
    expect(failed).toBe(0)
    const { messages } = await importedAs(client, conversations[0]!.id)
    const [said, shown] = (messages[0]?.parts ?? []) as { text?: string; file?: { url?: string } }[]
    expect(said?.text).toBe('See')
    const bytes = await (await fetched(shown?.file?.url ?? '')).arrayBuffer()
    expect(new Uint8Array(bytes)).toEqual(notes)
  }
})

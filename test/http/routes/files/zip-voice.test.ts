import { expect, test } from 'vitest'

import * as chatgpt from '../../../portable/samples/chatgpt.ts'
import { at, bodyOf } from '../../../support/api.ts'
import { aUser, fetched, picture } from '../../../support/files.ts'
import { importing } from '../../../support/importing.ts'
import { zipOf } from '../../../support/zips.ts'

interface Named {
  file_id: string
  url: string
}
interface Shown {
  content: string
  parts: { type: string; image_url?: Named; file?: Named }[]
}

const bytesOf = async ({ url }: Named) => new Uint8Array(await (await fetched(url)).arrayBuffer())

test('what was spoken to ChatGPT and shown to it comes in, sounds and films as files', async () => {
  const { client } = await aUser()
  const named = (name: string) => ({ asset_pointer: `sediment://file_${name}` })
  const words = (text: string) => ({ content_type: 'audio_transcription', text })
  const mixed = (...parts: object[]) => ({ content: { content_type: 'multimodal_text', parts } })
  const spoken = chatgpt.node('q', {
    ...mixed(words('I ask'), {
      content_type: 'real_time_user_audio_video_asset_pointer',
      audio_asset_pointer: { content_type: 'audio_asset_pointer', ...named('a1') },
      frames_asset_pointers: [named('f1'), 'sediment://file_f2'],
      video_container_asset_pointer: named('v1'),
    }),
    more: { metadata: { attachments: [{ id: 'file_a1', name: 'a.wav' }] } },
  })
  const answered = chatgpt.node('a', {
    parent: 'q',
    role: 'assistant',
    ...mixed({ content_type: 'audio_asset_pointer', ...named('a2') }),
  })
  const film = chatgpt.node('f', {
    parent: 'a',
    ...mixed({ content_type: 'image_asset_pointer', ...named('p1') }),
  })
  const [sound, frame] = [new TextEncoder().encode('RIFF of a sound'), picture()]
  const { conversations, warnings } = await importing(
    client,
    await zipOf({
      'conversations.json': JSON.stringify([chatgpt.conversation('c', [spoken, answered, film])]),
      'c/audio/file_a1-1.wav': sound,
      'c/audio/file_a2-2.wav': 'RIFF of another',
      'c/video/file_v1-3.mp4': 'A film',
      'file_f1-4.jpg': frame,
      'file_f2-5.png': picture('x'),
      'file_p1.dat': picture('y'),
    }),
  )
  expect(warnings).toEqual([])
  const { data } = await bodyOf<{ data: Shown[] }>(
    client.get(`${at(conversations[0]!.id)}/messages`),
  )
  expect(data.map(({ content, parts }) => [content, ...parts.map(({ type }) => type)])).toEqual([
    ['I ask', 'text', 'file', 'file', 'image_url', 'image_url'],
    ['', 'file'],
    ['', 'image_url'],
  ])
  const [, heard, , seen] = data[0]!.parts
  expect(await bytesOf(heard!.file!)).toEqual(sound)
  expect(await bytesOf(seen!.image_url!)).toEqual(frame)
})

import { expect, test } from 'vitest'

import { as } from '../../support/api.ts'
import { importing, importingOne } from '../../support/importing.ts'
import { conversation, node, text } from '../samples/chatgpt.ts'

const ann = await as.user()

/** A text, and what is beside it; a second import finds it unchanged. */
async function shown(...nodes: ReturnType<typeof node>[]) {
  const file = [conversation(crypto.randomUUID(), nodes)]
  const { messages } = await importingOne(ann, file)
  expect(await importing(ann, file)).toMatchObject({ unchanged: 1 })
  return messages.map(({ content, parts }) => [
    content,
    ...(parts ?? []).filter(({ type }) => type !== 'text'),
  ])
}

const mixed = (...parts: unknown[]) => ({ content_type: 'multimodal_text', parts })
const image = (id: string) => ({ content_type: 'image_asset_pointer', asset_pointer: id })
const attached = (...attachments: object[]) => ({ metadata: { attachments } })
const file = (filename: string) => ({ type: 'file', file: { filename } })

test('pictures and files beside a text are shown by their names', async () => {
  const sun = { id: 'file-1', name: 'sun.png' }
  expect(
    await shown(
      node('both', {
        content: mixed(image('file-service://file-1'), 'See'),
        more: attached(sun, { id: 'file-2', name: 'a.pdf' }),
      }),
      node('nameless', { content: mixed(image('sediment://x'), 'See') }),
      node('two', { content: mixed(image('sediment://x'), 'See'), more: attached({ id: 'y' }) }),
      node('alone', { content: mixed(image('file-service://file-1')), more: attached(sun) }),
      node('three', { content: mixed(image('a'), image('b'), image('c')) }),
      node('empty', { content: text(''), more: attached({ name: 'b.pdf' }, { name: 'c.pdf' }) }),
    ),
  ).toEqual([
    ['See', file('sun.png'), file('a.pdf')],
    ['See', file('image')],
    ['See', file('file'), file('image')],
    ['[sun.png]'],
    ['[image]'],
    ['[b.pdf, c.pdf]'],
  ])
})

test('a picture that is in the file is one, and no copy of it is kept beside it', async () => {
  const url = 'data:image/png;base64,AAAA'
  const picture = { type: 'image_url', image_url: { url } }
  const nodes = [
    node('q', { content: mixed('See', image(url)) }),
    node('p', { content: mixed(image(url)) }),
    node('w', { content: mixed('See', { ...image(url), width: 1 }) }),
  ]
  expect(await shown(...nodes)).toEqual([
    ['See', picture],
    ['', picture],
    ['See', picture],
  ])
  const { messages } = await importingOne(ann, [conversation(crypto.randomUUID(), nodes)])
  expect(JSON.stringify(messages[0]?.extra)).not.toContain('AAAA')
  expect(messages[2]?.extra).toMatchObject({
    chatgpt: { content: { parts: ['See', { width: 1 }] } },
  })
})

test('of a recording the words are said, or that there is one', async () => {
  const audio = { content_type: 'audio_asset_pointer', asset_pointer: 'sediment://a' }
  const live = {
    content_type: 'real_time_user_audio_video_asset_pointer',
    audio_asset_pointer: audio,
  }
  const transcript = { content_type: 'audio_transcription', text: 'I say' }
  const heard = { ...audio, metadata: { word_transcription: 'I hum' } }
  const said = (...parts: object[]) => node(crypto.randomUUID(), { content: mixed(...parts) })
  expect(
    await shown(
      said(audio),
      said(live),
      said({ ...live, frames_asset_pointers: [image('f')] }),
      said({ ...live, video_container_asset_pointer: { asset_pointer: 'sediment://v' } }),
      said({ content_type: 'video_container_asset_pointer' }),
      said(transcript, { ...live, frames_asset_pointers: [image('f')] }),
      said({ ...live, audio_asset_pointer: heard }),
      said({ ...audio, metadata: { transcription: 'I sing', word_transcription: 'I hum' } }),
      said(transcript, heard),
    ),
  ).toEqual(
    [
      '[audio]',
      '[audio]',
      '[video]',
      '[video]',
      '[video]',
      'I say',
      'I hum',
      'I sing',
      'I say',
    ].map((content) => [content]),
  )
})

test('the words of a content of any kind are found', async () => {
  const result = (content: object, metadata: object = {}) =>
    node(crypto.randomUUID(), { role: 'tool', content, more: { metadata } })
  const drawn = {
    messages: [
      { message_type: 'image', image_url: 'file-service://p' },
      { message_type: 'stream' },
    ],
  }
  expect(
    await shown(
      result({
        content_type: 'citable_code_output',
        output_str: 'Found it.',
        metadata: { display_title: 'Note', display_url: 'https://note.test/' },
      }),
      result({
        content_type: 'computer_output',
        screenshot: image('sediment://s'),
        state: { title: 'Shop', url: 'https://shop.test/' },
      }),
      result({ content_type: 'tether_quote', title: 'Lima', url: 'https://lima.test/', text: 'x' }),
      result({ content_type: 'execution_output', text: '' }, { aggregate_result: drawn }),
      result({ content_type: 'app_widget', data: [1] }),
      result(mixed({ content_type: 'shell', output_str: 'a.txt' }, { content_type: 'shell' })),
    ),
  ).toEqual([
    ['Found it.', { type: 'source', url: 'https://note.test/', title: 'Note' }],
    ['Shop\nhttps://shop.test/', file('image')],
    ['Lima\nhttps://lima.test/\nx', { type: 'source', url: 'https://lima.test/', title: 'Lima' }],
    ['[image]'],
    ['[app_widget]'],
    ['a.txt', file('shell')],
  ])
})

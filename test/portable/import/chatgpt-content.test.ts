import { expect, test } from 'vitest'

import { as } from '../../support/api.ts'
import { importingOne, lineOf } from '../../support/importing.ts'
import { conversation, node, text } from '../samples/chatgpt.ts'

const ann = await as.user()
const one = (...nodes: ReturnType<typeof node>[]) => [conversation(crypto.randomUUID(), nodes)]

test('shows pictures and what it does not know by their names, and keeps them', async () => {
  const image = { content_type: 'image_asset_pointer', asset_pointer: 'file-service://f', width: 1 }
  const audio = { content_type: 'audio_asset_pointer', asset_pointer: 'sediment://f' }
  const spoken = { content_type: 'audio_transcription', text: 'I say', direction: 'in' }
  const mixed = { content_type: 'multimodal_text', parts: [image, 'What is it?'] }
  const { messages, extra } = await importingOne(
    ann,
    one(
      node('both', { content: mixed }),
      node('image', { content: { content_type: 'multimodal_text', parts: [image] } }),
      node('audio', { content: { content_type: 'multimodal_text', parts: [audio] } }),
      node('spoken', { content: { content_type: 'multimodal_text', parts: [spoken, audio] } }),
      node('odd', { role: 'assistant', content: { content_type: 'hologram', pixels: [1] } }),
      node('new', { role: 'assistant', content: { content_type: 'hologram', text: 'I float' } }),
      node('none', { content: { content_type: 'multimodal_text', parts: [{ width: 2 }] } }),
    ),
  )
  expect(messages.map(({ content }) => content)).toEqual([
    'What is it?',
    '[image]',
    '[audio]',
    'I say',
    '[hologram]',
    'I float',
    '[multimodal_text]',
  ])
  expect(extra).toMatchObject({
    messages: { both: { content: mixed }, odd: { content: { pixels: [1] } } },
  })
})

test('instructions are shown as the system’s, and what is empty is not shown', async () => {
  const instructions = {
    content_type: 'user_editable_context',
    user_profile: 'I am Ann',
    user_instructions: 'Be brief',
  }
  const { messages, extra } = await importingOne(
    ann,
    one(
      node('empty', { role: 'system', content: text('') }),
      node('i', { content: instructions }),
      node('m', {
        role: 'assistant',
        content: { content_type: 'model_editable_context', model_set_context: '' },
      }),
      node('odd', { role: 'critic', content: text('No') }),
      node('q'),
    ),
  )
  expect(messages.map(lineOf)).toEqual(['system: I am Ann\nBe brief', 'system: No', 'user: q'])
  expect(extra).toMatchObject({
    hidden: [{ id: 'empty' }, { id: 'm' }],
    messages: { i: { role: 'user' }, odd: { role: 'critic' } },
  })
})

test('knows a reply that was cut, and one that grew too long', async () => {
  const ended = (type: string) => ({ metadata: { finish_details: { type } } })
  const { messages } = await importingOne(
    ann,
    one(
      node('a', { role: 'assistant', more: ended('interrupted') }),
      node('b', { role: 'assistant', more: ended('max_tokens') }),
      node('c', { role: 'assistant', more: { status: 'in_progress' } }),
    ),
  )
  expect(messages).toMatchObject([
    { status: 'interrupted', finish_reason: 'interrupted' },
    { status: 'complete', finish_reason: 'length' },
    { status: 'interrupted', finish_reason: null },
  ])
})

test('what an app shows a model is its window and its words', async () => {
  const shared = {
    content_type: 'app_pairing_content',
    workspaces: [{ id: 'w', app_name: 'Terminal', title: 'notes' }],
    context_parts: [{ text: 'ls -l' }],
  }
  const { messages } = await importingOne(
    ann,
    one(
      node('a', { content: shared }),
      node('b', { role: 'tool', content: { content_type: 'multimodal_text', parts: [shared] } }),
    ),
  )
  expect(messages.map(({ content }) => content)).toEqual(Array(2).fill('Terminal\nnotes\nls -l'))
})

test('an answer’s model is the one that answered, not that ChatGPT chose it', async () => {
  const by = (id: string, metadata: object) => node(id, { role: 'assistant', more: { metadata } })
  const { messages } = await importingOne(
    ann,
    one(
      node('q'),
      by('a', { model_slug: 'auto', resolved_model_slug: 'gpt-5' }),
      by('b', { default_model_slug: 'gpt-4o' }),
      by('c', { model_slug: 'auto' }),
    ),
  )
  expect(messages.map(({ model }) => model)).toEqual([null, 'gpt-5', 'gpt-4o', 'gpt-5'])
})

test('instructions that stand beside their message alone are shown', async () => {
  const data = { about_user_message: 'I am Ann', about_model_message: 'Be brief' }
  const metadata = { user_context_message_data: data, is_visually_hidden_from_conversation: true }
  const empty = { content_type: 'user_editable_context', user_profile: '', user_instructions: '' }
  const { messages } = await importingOne(
    ann,
    one(node('i', { content: empty, more: { metadata } }), node('q')),
  )
  expect(messages.map(lineOf)).toEqual(['system: I am Ann\nBe brief', 'user: q'])
})

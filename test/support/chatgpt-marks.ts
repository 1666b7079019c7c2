import { expect } from 'vitest'

import { conversation, node, text } from '../portable/samples/chatgpt.ts'
import { as } from './api.ts'
import { importing, importingOne } from './importing.ts'

const ann = await as.user()

/** As ChatGPT writes a mark: its kind and what it names. */
export const mark = (...said: string[]) => `\uE200${said.join('\uE202')}\uE201`
export const page = (name: string) => ({ title: name, url: `https://${name.toLowerCase()}.test/` })

/** What people read of an answer and of its sources; a second import finds it unchanged. */
export async function read(written: string, metadata: object, options: object = {}) {
  const answer = node('a', {
    role: 'assistant',
    content: text(written),
    more: { metadata },
    ...options,
  })
  const file = [conversation(crypto.randomUUID(), [node('q'), answer])]
  const { messages, extra } = await importingOne(ann, file)
  expect(await importing(ann, file)).toMatchObject({ unchanged: 1 })
  const sources = (messages[1]?.parts ?? []).filter(({ type }) => type === 'source')
  return {
    shown: messages[1]?.content,
    sources: sources.map((source) => ('url' in source ? source.url : null)),
    extra,
  }
}

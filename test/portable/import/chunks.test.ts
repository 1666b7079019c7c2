import { expect, test } from 'vitest'

import { readImport } from '../../../src/portable/import/read.ts'
import type { Reading } from '../../../src/portable/import/reading.ts'
import { file as grok, conversation, response } from '../samples/grok.ts'
import { message as leChat } from '../samples/le-chat.ts'
import { lists, message as lobeChat } from '../samples/lobechat.ts'
import { chat, file as typingMind } from '../samples/typingmind.ts'

const said = (content: string) => ({ messages: [{ role: 'user', content }] })
const turns = [
  { from: 'human', value: 'q' },
  { from: 'gpt', value: '🧭' },
]
const lines = (...values: unknown[]) => values.map((value) => JSON.stringify(value)).join('\n')
const options = { from: 0, now: Date.UTC(2026, 0, 1) }

async function read(bytes: Uint8Array, size: number): Promise<Reading[]> {
  async function* chunks() {
    for (let from = 0; from < bytes.byteLength; from += size) {
      yield bytes.slice(from, from + size)
    }
  }
  const readings: Reading[] = []
  for await (const reading of readImport(chunks(), options)) readings.push(reading)
  return readings
}

test.each([
  ['lines', `${lines(said('a'), said('b'))}\n{"x"\n${lines(said('c'))}`],
  ['lines after a mark', `\u{feff}${lines(said('a'), said('b'))}`],
  ['one line', lines(said('a'))],
  ['lines of turns', lines({ conversations: turns }, { id: 'b', conversations: turns })],
  ['turns', JSON.stringify({ id: 'a', conversations: turns, x: 1 }, null, 1)],
  ['lists of messages', lines(turns, said('a').messages, [said('b')])],
  ['Grok', JSON.stringify(grok(conversation([response('q', 'human', 'q')], { id: 'c' })))],
  ['TypingMind', JSON.stringify(typingMind({ ...chat(said('a').messages), chatID: 'c' }))],
  ['Le Chat', lines([leChat('q', 'user', 'q')], [leChat('a', 'user', 'a', { chatId: 'c2' })])],
  ['LobeChat', JSON.stringify({ state: lists([lobeChat('q', 'user', 'q')]), version: 7 })],
])('reads %s alike, wherever its chunks end', async (_, text) => {
  const bytes = new TextEncoder().encode(text)
  const whole = await read(bytes, bytes.byteLength)
  expect(whole.filter(({ kind }) => kind === 'conversation').length).toBeGreaterThan(0)
  for (const size of [1, 2, 3, 7, 64]) expect(await read(bytes, size)).toEqual(whole)
})

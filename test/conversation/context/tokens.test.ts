import { describe, expect, test } from 'vitest'

import {
  FILE_TOKENS,
  IMAGE_TOKENS,
  cutMessage,
  cutText,
  messageTokens,
  textTokens,
} from '../../../src/conversation/context/tokens.ts'

const texts = {
  prose: 'The train to Cádiz leaves at nine, and nobody knows why. '.repeat(80),
  'one long word': 'x'.repeat(5_000),
  japanese: '海はカディスにあります。天気はいいです。'.repeat(100),
  emoji: '😀👨‍👩‍👧'.repeat(800),
  code: 'if (a[0] !== b) { return { c: 1 } }\n'.repeat(100),
  lines: 'uno\n\ndos\n\n'.repeat(300),
}
const mark = ' […text cut]'

describe.each(Object.entries(texts))('%s', (_, text) => {
  test.each([8, 9, 50, 333])('is cut to a room of %i tokens', (room) => {
    const cut = cutText(text, room, mark)
    expect(textTokens(cut)).toBeLessThanOrEqual(room)
    expect(cut.endsWith(mark)).toBe(true)
    expect(cut.isWellFormed()).toBe(true)
    expect(text.startsWith(cut.slice(0, -mark.length))).toBe(true)
  })

  test('uses the room that it has', () => {
    expect(textTokens(cutText(text, 200, mark))).toBeGreaterThan(100)
  })

  test('stays as it is where it fits', () => {
    expect(cutText(text, textTokens(text), mark)).toBe(text)
    expect(cutText(text, textTokens(text) - 1, mark)).not.toBe(text)
  })
})

test('leaves nothing but the mark when there is no room', () => {
  expect(cutText('words '.repeat(100), 0, mark)).toBe(mark)
  expect(cutText('words '.repeat(100), -5, mark)).toBe(mark)
})

test('does not read a text that is clearly too long', () => {
  // Throws if anything but its length, or a short piece of it, is asked for.
  const huge = {
    length: 10_000_000,
    slice: (from: number, to: number) => {
      expect(to - from).toBeLessThan(2_000)
      return 'word '.repeat(400).slice(from, to)
    },
  } as unknown as string
  expect(textTokens(huge, 100)).toBe(100)
  expect(cutText(huge, 100, mark).length).toBeLessThan(1_700)
  expect(textTokens('a few words', 100)).toBe(textTokens('a few words'))
})

const image = { type: 'image_url' as const, image_url: { url: 'https://app.test/cat.png' } }
const file = { type: 'file' as const, file: { file_id: 'f' } }
const words = (count: number) => ({ type: 'text' as const, text: 'word '.repeat(count) })

test('counts images and files at a flat price, and calls by their text', () => {
  const plain = messageTokens({ role: 'user', content: '' })
  expect(messageTokens({ role: 'user', content: [image, file] })).toBe(
    plain + IMAGE_TOKENS + FILE_TOKENS,
  )
  const call = {
    id: 'c',
    type: 'function' as const,
    function: { name: 'look', arguments: 'word '.repeat(500) },
  }
  expect(
    messageTokens({ role: 'assistant', content: '', tool_calls: [call] }),
  ).toBeGreaterThanOrEqual(500)
})

test('cuts a message of parts to its text, and marks what went', () => {
  const onlyText = cutMessage({ role: 'user', content: [words(10), words(500)] }, 60, mark)
  expect(messageTokens(onlyText)).toBeLessThanOrEqual(60)
  expect(onlyText.content).toMatch(/^word .*\[…text cut\]$/s)
  const small = cutMessage({ role: 'user', content: [words(3), image] }, 60, mark)
  expect(small.content).toBe(`word word word ${mark}`)
})

test('counts a text the same whenever it is asked, and however many others came between', () => {
  const text = 'One, dos, trois; quattro.'
  const first = textTokens(text)
  for (let other = 0; other < 1_200; other += 1) textTokens(`another text, number ${other}`)
  expect(textTokens(text)).toBe(first)
  expect(textTokens(text)).toBe(first)
})

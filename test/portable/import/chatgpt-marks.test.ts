import { expect, test } from 'vitest'

import { mark, page, read } from '../../support/chatgpt-marks.ts'

test('marks that hold words themselves are these words: formulas, products, links, names', async () => {
  const many = mark('products', '{"selections":[["t0","Alpha One"],["t1","Beta Two"]]}')
  const gallery = mark('image_group', '{"layout":"carousel"}')
  const formula = (written: string) =>
    mark('genui', `{"math_block_widget_always_prefetch_v2":{"content":"${written}"}}`)
  const written = [
    `See ${mark('url', 'the manual', 'https://man.test/')}`,
    `or ${mark('url', 'the shop', 'turn0view1')}`,
    many,
    mark('product', '["t2","Widget Pro",{}]'),
    mark('navlist', 'Latest news', 'turn0news1'),
    mark('video', 'A talk', 'turn0youtube1'),
    formula(String.raw`E = \\frac{m}{2} \"e\"`),
    // As some models write it.
    formula(String.raw`I = \frac{V}{R} \"e\"`),
    mark('genui', '{"note_card":{"title":"Note","text":"Bring water"}}'),
    `a${mark('genui', '{"citation":{"ref":"turn0view0"}}')}`,
    `b${mark('genui', 'no JSON')}`,
    `c${gallery}`,
  ].join('\n')
  const { shown, sources } = await read(written, {
    content_references: [
      { matched_text: many, type: 'products', products: [{ title: 'Alpha One', url: '' }] },
      { matched_text: gallery, type: 'image_group', images: [{ image_result: page('Pic') }, {}] },
      { matched_text: mark('url', 'the shop', 'turn0view1'), type: 'url', item: page('Shop') },
    ],
  })
  expect(shown?.split('\n')).toEqual([
    'See [the manual](https://man.test/)',
    'or ([Shop](https://shop.test/))',
    '- Alpha One',
    '- Beta Two',
    'Widget Pro',
    'Latest news',
    'A talk',
    '$$',
    String.raw`E = \frac{m}{2} "e"`,
    '$$',
    '$$',
    String.raw`I = \frac{V}{R} "e"`,
    '$$',
    'Note',
    'Bring water',
    'a',
    'b',
    'c ([Pic](https://pic.test/))',
  ])
  expect(sources).toEqual(['https://pic.test/', 'https://shop.test/'])
})

test('a document that is opened beside the chat is its subject and its words', async () => {
  const written = [
    'Here:',
    ':::writing{variant="email" id="1" subject="Hello"}',
    `Dear Ann,${mark('cite', 'turn0search0')}`,
    '',
    'Bye',
    ':::',
    'Shorter?',
  ].join('\n')
  const { shown, extra } = await read(written, {})
  expect(shown).toBe('Here:\n**Hello**\n\nDear Ann,\n\nBye\nShorter?')
  expect(extra).toMatchObject({ messages: { a: { content: { parts: [written] } } } })
  const plain = written.replace(mark('cite', 'turn0search0'), '')
  expect(await read(plain, {})).toMatchObject({ shown })
})

test('an older mark may name its file; one that is not written to its end is not shown', async () => {
  const { shown } = await read('So it is【4:0†plan v2.pdf】. And \uE200cite\uE202turn0sea', {})
  expect(shown).toBe('So it is (plan v2.pdf). And')
})

test('a document that is not written to its end is its words', async () => {
  const { shown } = await read(':::writing{variant="email" id="1" subject="Hi"}\nDear Ann', {})
  expect(shown).toBe('**Hi**\n\nDear Ann')
})

import { expect, test } from 'vitest'

import { as } from '../../support/api.ts'
import { mark, page, read } from '../../support/chatgpt-marks.ts'
import { importingOne } from '../../support/importing.ts'
import { conversation, node } from '../samples/chatgpt.ts'

const ann = await as.user()

test('a mark becomes what ChatGPT shows in its place, and the pages are sources', async () => {
  const cite = mark('cite', 'turn0search0', 'turn0search3')
  const written = `🦙 Llamas.${cite} They hum.${mark('cite', 'turn1news0')}\nSee ${mark('url', 'the page', 'turn0search1')}.`
  const { shown, sources, extra } = await read(written, {
    content_references: [
      {
        matched_text: cite,
        type: 'grouped_webpages',
        alt: '([Wool](https://wool.test/?utm_source=chatgpt.com))',
        items: [{ ...page('Wool'), supporting_websites: [page('Hum')] }],
      },
      {
        matched_text: mark('cite', 'turn1news0'),
        type: 'grouped_webpages',
        items: [page('A [b]'), {}],
      },
      { matched_text: mark('url', 'the page', 'turn0search1'), type: 'url', ...page('Page') },
      { matched_text: ' ', type: 'sources_footnote', sources: [page('Wool'), page('Foot')] },
    ],
  })
  expect(shown).toBe(
    '🦙 Llamas. ([Wool](https://wool.test/?utm_source=chatgpt.com)) They hum. ([A \\[b\\]](https://a [b].test/))\nSee ([Page](https://page.test/)).'.replace(
      'https://a [b].test/',
      'https://a%20[b].test/',
    ),
  )
  expect(sources).toEqual([
    'https://wool.test/',
    'https://hum.test/',
    'https://a [b].test/',
    'https://page.test/',
    'https://foot.test/',
  ])
  expect(extra).toMatchObject({
    messages: {
      a: { content: { parts: [written] }, metadata: { content_references: [{}, {}, {}, {}] } },
    },
  })
})

test('a mark that nothing is told of says what it names, or nothing', async () => {
  const written = [
    `Near ${mark('entity', '["river","Amazon",0]')} `,
    `and ${mark('product_entity', 'broken')}x`,
    `${mark('url', 'a link', 'turn0search0')} `,
    `${mark('cite', 'turn0search9')}${mark('filecite', 'turn0file0', 'L1-L2')}. `,
    '\uE203Bold\uE204 \uE206',
  ].join('')
  expect((await read(written, {})).shown).toBe('Near Amazon and xa link. Bold')
})

test('references of other kinds say their names', async () => {
  const [entity, file, hidden] = [
    mark('entity', '["x","y"]'),
    mark('filecite', 't'),
    mark('i', 't'),
  ]
  const { shown, sources } = await read(`A ${entity} B${file} C ${hidden}`, {
    content_references: [
      { matched_text: entity, type: 'entity', name: 'Lima', alt: null },
      { matched_text: file, type: 'file', name: 'spec.pdf' },
      { matched_text: hidden, type: 'hidden', invalid: true },
    ],
  })
  expect(shown).toBe('A Lima B (spec.pdf) C')
  expect(sources).toEqual([])
})

test('older marks are found by their places, which count characters, or by their numbers', async () => {
  const written = '🦙🦙 One【3†source】【4:1†spec.pdf】, two【9†source】, three 【5†L1-L3】.'
  const at = Array.from(written)
  const start = at.indexOf('【')
  const citation = (metadata: object, more: object = {}) => ({ metadata, ...more })
  const { shown, sources } = await read(written, {
    citations: [
      citation({ type: 'webpage', ...page('One') }, { start_ix: start, end_ix: start + 10 }),
      citation({ name: 'spec.pdf' }, { start_ix: start + 10, end_ix: start + 24 }),
      citation({ url: 'https://two.test/a(b)', extra: { cited_message_idx: 9 } }),
      citation({ name: '' }, { start_ix: 0, end_ix: 1 }),
    ],
  })
  expect(shown).toBe(
    '🦙🦙 One ([One](https://one.test/))(spec.pdf), two ([two.test](https://two.test/a%28b%29)), three.',
  )
  expect(sources).toEqual(['https://one.test/', 'https://two.test/a(b)'])
})

test('a reference may name only the places of its mark', async () => {
  const cite = mark('cite', 'turn0search0')
  const written = `🦙 Wool${cite}.`
  const at = { start_idx: 6, end_idx: 6 + Array.from(cite).length }
  const { shown } = await read(written, { content_references: [{ ...at, items: [page('Wool')] }] })
  expect(shown).toBe('🦙 Wool ([Wool](https://wool.test/)).')
})

test('a mark at the beginning, and one in brackets, has no space before it', async () => {
  const cite = mark('cite', 'turn0search0')
  const metadata = {
    content_references: [
      { matched_text: cite, items: [{ url: 'https://a.test/' }, { url: 'https://b b.test/' }] },
    ],
  }
  const link = '([a.test](https://a.test/), [https://b b.test/](https://b%20b.test/))'
  expect((await read(`${cite} (${cite})`, metadata)).shown).toBe(`${link} (${link})`)
})

test('what a person wrote is left alone; of a tool’s result only the newer marks go', async () => {
  const written = `Why ${mark('cite', 'turn0search0')} and 【1†source】?`
  expect((await read(written, {}, { role: 'user' })).shown).toBe(written)
  expect((await read(written, {}, { role: 'tool' })).shown).toBe('Why and 【1†source】?')
})

test('thoughts hold marks, too', async () => {
  const thoughts = [{ content: `Look${mark('cite', 'turn0search0')}.` }]
  const { messages } = await importingOne(ann, [
    conversation(crypto.randomUUID(), [
      node('t', { role: 'assistant', content: { content_type: 'thoughts', thoughts } }),
      node('a', { role: 'assistant' }),
    ]),
  ])
  expect(messages[0]?.parts?.[0]).toEqual({ type: 'reasoning', text: 'Look.' })
})

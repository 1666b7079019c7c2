import { expect, test } from 'vitest'

import { Pictures } from '../../src/model/pictures.ts'

const [one, two] = ['data:image/png;base64,AAAA', 'https://a.test/two.png']

function found(...messages: object[]) {
  const pictures = new Pictures()
  for (const message of messages) pictures.add(message as never)
  return pictures.all
}

test.each<[string, object[]]>([
  [
    'a list of pictures',
    [
      { images: [{ type: 'image_url', image_url: { url: one } }] },
      { images: [{ image_url: two }] },
    ],
  ],
  ['bytes by themselves', [{ images: [{ b64_json: 'AAAA' }, { url: two }] }]],
  ['a list of addresses, each more than once', [{ images: [one, two] }, { images: [two, one] }]],
  [
    'parts of the text',
    [
      {
        content: [
          { type: 'text', text: 'Look' },
          { type: 'image_url', image_url: { url: one } },
          { type: 'output_image', image_url: two },
        ],
      },
    ],
  ],
])('pictures are read as %s', (_, messages) => {
  expect(found(...messages)).toEqual([one, two])
})

test('what is none is left out, and more than a reply has room for', () => {
  const none = [
    7,
    null,
    {},
    { image_url: {} },
    { image_url: { url: 'javascript:alert(1)' } },
    'data:text/html;base64,AAAA',
  ]
  expect(
    found(
      { images: none },
      { images: 'none', content: one },
      { content: [{ type: 'video', url: two }] },
    ),
  ).toEqual([])
  const many = Array.from({ length: 20 }, (__, at) => `https://a.test/${at}.png`)
  expect(found({ images: many })).toEqual(many.slice(0, 10))
  const large = ['A', 'B'].map((sign) => `data:image/png;base64,${sign.repeat(13 * 1024 * 1024)}`)
  expect(found({ images: large })).toHaveLength(1)
})

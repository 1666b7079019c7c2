import { expect, test } from 'vitest'

import { as } from '../../support/api.ts'
import { importingOne } from '../../support/importing.ts'
import { lists, message } from '../samples/lobechat.ts'

test('pictures and files beside a text are shown, by their names if they are elsewhere', async () => {
  const url = 'data:image/png;base64,aaaa'
  const { messages } = await importingOne(await as.user(), {
    exportType: 'all',
    version: 7,
    state: lists([
      message('a', 'user', 'See', {
        imageList: [
          { id: 'i', url, alt: 'a.png' },
          { id: 'j', url: 'https://x.test/b.png', alt: 'b.png' },
        ],
        fileList: [
          { id: 'f', name: 'c.pdf', url: 'https://x.test/c', fileType: 'application/pdf' },
        ],
      }),
      message('b', 'user', 'And', { files: ['f-1'] }),
      message('c', 'assistant', 'Seen', { imageList: [], fileList: [] }),
    ]),
  })
  const named = (filename: string) => ({ type: 'file', file: { filename } })
  expect(messages.map(({ content }) => content)).toEqual(['See', 'And', 'Seen'])
  expect(messages[0]?.parts).toMatchObject([
    { text: 'See' },
    { image_url: { url } },
    named('b.png'),
    named('c.pdf'),
  ])
  expect(messages[1]?.parts).toMatchObject([{ text: 'And' }, named('file')])
  expect(messages[2]?.parts).toBeNull()
})

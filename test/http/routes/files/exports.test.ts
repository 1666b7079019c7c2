import { expect, test } from 'vitest'

import { append, as, at, bodyOf, send } from '../../../support/api.ts'
import { givenFile, picture, showing } from '../../../support/files.ts'
import { givenConversation } from '../../../support/given.ts'

test('exports for people have their pictures in them, and addresses of large ones', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann, { title: 'T' })
  const [small, large] = [picture(), picture('x'.repeat(1_100_000))]
  const files = [await givenFile(ann, small), await givenFile(ann, large)] as const
  const words = { role: 'user', content: 'Before and after' }
  await append(ann, id, [words, showing(files[0].id, files[1].id), words])
  for (const format of ['html', 'markdown']) {
    const text = await (await ann.get(`${at(id)}/export?format=${format}`)).text()
    expect(text).toContain(`data:image/png;base64,${small.toBase64()}`)
    expect(text).toContain(`/api/files/${files[1].id}/content?`)
    expect(text).not.toContain(large.toBase64())
    expect(text.split('Before and after')).toHaveLength(3)
  }
  const lines = await (await ann.get(`${at(id)}/export?format=ndjson`)).text()
  expect(lines).toContain(files[0].id)
  expect(lines).not.toContain('signature=')
  // It comes back in whole, for the same owner.
  const back = await send('/api/import', {
    method: 'POST',
    body: lines,
    headers: { ...ann.headers, 'content-type': 'application/x-ndjson' },
  })
  const { conversations } = await bodyOf<{ conversations: { id: string }[] }>(back)
  const { data } = await bodyOf<{ data: { parts: object[] | null }[] }>(
    ann.get(`${at(conversations[0]!.id)}/messages`),
  )
  expect(data[1]!.parts!.slice(1)).toMatchObject(
    files.map((file) => ({ image_url: { file_id: file.id } })),
  )
})

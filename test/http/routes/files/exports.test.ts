import { expect, test, vi } from 'vitest'

import { OwnerFiles } from '../../../../src/files/owner-files.ts'
import { append, as, at, bodyOf, send } from '../../../support/api.ts'
import { givenFile, picture, showing, upload } from '../../../support/files.ts'
import { givenConversation } from '../../../support/given.ts'

test('an export asks once for the files of an owner, however many messages name them', async () => {
  const ann = await as.user()
  for (let n = 0; n < 3; n += 1) {
    const id = await givenConversation(ann)
    for (let m = 0; m < 3; m += 1) await append(ann, id, [showing((await givenFile(ann)).id)])
  }
  const list = vi.spyOn(OwnerFiles.prototype, 'list')
  const lines = await (await ann.get('/api/export?format=ndjson')).text()
  expect(lines.split('"stored":{"sha256":"')).toHaveLength(10)
  expect(list).toHaveBeenCalledTimes(1)
  // No export waits for who counts files.
  list.mockRejectedValue(new Error('gone') as never)
  const without = await (await ann.get('/api/export?format=ndjson')).text()
  expect(without).toContain('"object":"hilo.export.end"')
  expect(without).not.toContain('"stored"')
  list.mockRestore()
})

test('exports for people have their pictures in them, and addresses of large ones', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann, { title: 'T' })
  const [small, large] = [picture(), picture('x'.repeat(2 ** 20))]
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
  // Both of Hilo's own say of each file what it is.
  const document = await (await ann.get(`${at(id)}/export?format=json`)).text()
  for (const { id: file, sha256, name, type, bytes } of files) {
    const told = `{"file_id":"${file}","stored":${JSON.stringify({ sha256, name, type, bytes })}}`
    expect(lines).toContain(told)
    expect(document).toContain(told)
  }
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

test.each(['html', 'markdown', 'openai', 'chatgpt'])(
  'an export as %s names a file of which its message has the id alone',
  async (format) => {
    const user = crypto.randomUUID()
    const ann = await as.user(user)
    const sent = await upload(ann, '%PDF-1.7', { 'hilo-file-name': 'may.pdf' })
    const { id: file } = await bodyOf<{ id: string }>(sent)
    const id = await givenConversation(ann)
    const parts = [{}, { filename: 'june.pdf' }].map((more) => ({
      type: 'file',
      file: { file_id: file, ...more },
    }))
    const look = { type: 'text', text: 'Look' }
    await append(ann, id, [{ id: 'q', role: 'user', parts: [look, ...parts] }])
    const backend = as.service('backend', `user:${user}`)
    await append(backend, id, [{ id: 'a', role: 'assistant', content: 'Yes' }])
    const text = await (await ann.get(`${at(id)}/export?format=${format}`)).text()
    expect(text.split('may.pdf')).toHaveLength(2)
    expect(text.split('june.pdf')).toHaveLength(2)
    expect(text).not.toContain('stored')
  },
)

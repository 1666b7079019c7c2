import { expect, test } from 'vitest'

import { FILE_NAME_LENGTH } from '../../../src/contract/file.ts'
import { as, at, bodyOf, send } from '../../support/api.ts'
import { givenFile } from '../../support/files.ts'
import { network } from '../../support/network.ts'
import { openaiFor } from '../../support/openai.ts'
import { problemOf } from '../../support/problems.ts'
import { eventually } from '../../support/record.ts'

test('a list of files may be empty, and a file without a name has its id for one', async () => {
  const ann = await as.user()
  const openai = openaiFor(ann)
  const nothing = await openai.get('/files')
  expect(nothing).toEqual({
    object: 'list',
    data: [],
    first_id: null,
    last_id: null,
    has_more: false,
  })
  const { id } = await givenFile(ann)
  expect(await openai.files.retrieve(id)).toMatchObject({ id, filename: id })
})

test('a file is sent in its field, and a long name is cut', async () => {
  const ann = await as.user()
  const sent = (body: string) =>
    send('/v1/files', {
      method: 'POST',
      headers: { ...ann.headers, 'content-type': 'multipart/form-data; boundary=x' },
      body: `--x\r\ncontent-disposition: form-data; ${body}\r\n--x--\r\n`,
    })
  for (const body of ['name="file"\r\n\r\ntext', 'name="other"; filename="a"\r\n\r\nbytes']) {
    expect(JSON.stringify(await problemOf(sent(body)))).toContain('Send the file in this field')
  }
  expect((await sent('name="file"; filename="a\0b"\r\n\r\nbytes')).status).toBe(415)
  const long = `${'x'.repeat(FILE_NAME_LENGTH - 1)}🙂`
  const kept = await bodyOf<{ filename: string }>(
    sent(`name="file"; filename="${long}"\r\n\r\nbytes`),
  )
  expect(kept.filename).toBe(`${long.slice(0, -2)}\uFFFD`)
})

test('a list of conversations goes on only after one of the caller’s', async () => {
  const [ann, bob] = [await as.user(), await as.user()]
  const theirs = await openaiFor(bob).conversations.create({})
  const answers: unknown[] = []
  for (const after of [theirs.id, 'conv_nonsense']) {
    const answer = await problemOf(ann.get(`/v1/conversations?after=${after}`))
    expect(JSON.stringify(answer)).toContain('No conversation of yours')
    answers.push(answer)
  }
  expect(answers[0]).toEqual(answers[1])
})

test('a response that is stopped before its first word says so to whoever waits for it', async () => {
  const ann = await as.user()
  const openai = openaiFor(ann)
  const [key, gate] = [crypto.randomUUID(), crypto.randomUUID()]
  await network.script(key, [{ gate }, { text: 'Late' }, { finish: 'stop' }])
  const { id: conversation } = await openai.conversations.create({})
  const waiting = openai.responses.create({ conversation, input: `Wait #${key}` })
  await eventually(async () => (await network.seen(key)).length === 1)
  const id = conversation.replace(/^conv_(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
  expect((await ann.post(`${at(id)}/stop`, {})).status).toBe(200)
  await network.open(gate)
  expect(await waiting).toMatchObject({ status: 'cancelled', output: [] })
})

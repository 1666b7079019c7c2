import { expect, test, vi } from 'vitest'

import { type Conversation, type Listed, as, bodyOf, sendWith } from '../../../support/api.ts'
import { asLines, exported } from '../../../support/given-exports.ts'
import {
  type ImportAnswer,
  importedAs,
  importing,
  lineOf,
  upload,
  importers,
} from '../../../support/importing.ts'
import { problemOf } from '../../../support/problems.ts'
import { eventually } from '../../../support/record.ts'
import { listen } from '../../../support/said.ts'
import { userToken } from '../../../support/tokens.ts'

test('users import, and services for them; nobody else does', async () => {
  const file = JSON.stringify([{ uuid: 'one', chat_messages: [] }])
  const user = crypto.randomUUID()
  expect((await upload(await as.user(user), file)).status).toBe(200)
  const acted = await upload(as.service('backend', `user:${user}`), file)
  expect(await bodyOf<ImportAnswer>(acted)).toMatchObject({ imported: 0, unchanged: 1 })
  for (const client of [
    await as.session(),
    as.service('backend'),
    as.service('backend', `session:${crypto.randomUUID()}`),
  ]) {
    const problem = await problemOf(upload(client, file))
    expect(problem).toMatchObject({ type: '/problems/not-permitted', status: 403 })
  }
  expect(await problemOf(upload(as.nobody, file))).toMatchObject({ status: 401 })
})

test('what is imported is the caller’s own, and in their list', async () => {
  const ann = await as.user('ann-imports')
  const { conversations } = await importing(ann, await asLines([exported(), exported()]))
  const ids = conversations.map(({ id }) => id)
  for (const id of ids) {
    expect((await importedAs(ann, id)).conversation.user_id).toBe('ann-imports')
    expect((await (await as.user()).get(`/api/conversations/${id}`)).status).toBe(404)
  }
  await eventually(async () => {
    const { data } = await bodyOf<Listed<Conversation>>(ann.get('/api/conversations'))
    return ids.every((id) => data.some((one) => one.id === id))
  })
})

test('the same file again adds nothing; of one with a new conversation only that goes in', async () => {
  const ann = await as.user()
  const all = [exported({ messages: [{}, {}] }), exported()]
  const first = await importing(ann, await asLines(all))
  expect(first).toMatchObject({ imported: 2, unchanged: 0, failed: 0 })
  const again = await importing(ann, await asLines(all))
  expect(again).toMatchObject({ imported: 0, unchanged: 2, failed: 0 })
  expect(again.conversations.map(({ id }) => id)).toEqual(first.conversations.map(({ id }) => id))
  expect(await importing(ann, await asLines([...all, exported()]))).toMatchObject({
    imported: 1,
    unchanged: 2,
  })
})

test('two people who import the same file have a conversation each', async () => {
  const file = await asLines([exported()])
  const [ann, bob] = [await as.user(), await as.user()]
  const ofAnn = await importing(ann, file)
  const ofBob = await importing(bob, file)
  expect(ofBob).toMatchObject({ imported: 1 })
  expect(ofBob.conversations[0]?.id).not.toBe(ofAnn.conversations[0]?.id)
})

test('begins where it is told to', async () => {
  const ann = await as.user()
  const all = [exported(), exported(), exported()]
  const answer = await importing(ann, await asLines(all), { query: '?from=2' })
  expect(answer).toMatchObject({ imported: 1, complete: true })
  expect(answer.conversations).toMatchObject([{ index: 2, source_id: all[2]?.id }])
  expect((await upload(ann, '[]', { query: '?from=-1' })).status).toBe(422)
})

test('a conversation whose file names no language has the one that is asked for', async () => {
  const ann = await as.user()
  const said = (uuid: string) => [{ uuid, chat_messages: [{ sender: 'human', text: 'Hi' }] }]
  const languageOf = async (file: unknown, query?: string) => {
    const { conversations } = await importing(ann, file, query ? { query } : {})
    return (await importedAs(ann, conversations[0]?.id ?? '')).conversation.language
  }
  expect(await languageOf(said('one'))).toBe('es')
  expect(await languageOf(said('two'), '?language=EN-us')).toBe('en-US')
  expect(await languageOf(await asLines([exported()]), '?language=fr')).toBe('en')
})

test.each([
  'application/json; charset=utf-8',
  'application/x-ndjson',
  'application/ndjson',
  'application/jsonl',
  'application/octet-stream',
])('takes a file that says it is %s', async (type) => {
  const response = await upload(await as.user(), '[{"uuid":"a","chat_messages":[]}]', { type })
  expect(response.status).toBe(200)
})

test.each([
  'text/html',
  'text/plain',
  'multipart/form-data; boundary=x',
  'application/jsonp',
  'application/gzip',
])('refuses a file that says it is %s', async (type) => {
  const problem = await problemOf(upload(await as.user(), '[]', { type }))
  expect(problem).toMatchObject({ type: '/problems/unsupported-media-type', status: 415 })
  expect(problem.detail).toContain('application/jsonl')
})

test('takes a file that does not say what it is', async () => {
  const response = await sendWith({}, '/api/import', {
    method: 'POST',
    headers: { authorization: `Bearer ${await userToken('somebody')}` },
    body: new TextEncoder().encode('[{"uuid":"a","chat_messages":[]}]'),
  })
  expect(response.status).toBe(200)
})

test('says in the log what came of an import, and nothing of what it holds', async () => {
  const said = listen()
  const ann = await as.user()
  await importing(ann, await asLines([exported({ fields: { title: 'A secret trip' } })]))
  expect(said.text()).toMatch(/"event":"imported","source":"hilo","imported":1/)
  expect(said.text()).not.toContain('secret')
})

/** As if the objects of the Worker answered so. */
const withObjects = async (answer: () => Promise<unknown>, query = '') =>
  sendWith({ CONVERSATION: importers(answer) }, `/api/import${query}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${await userToken('somebody')}` },
    body: new TextEncoder().encode(await asLines([exported(), exported(), exported()])),
  })

test('when the platform lets it call no more objects, it says where to go on', async () => {
  let calls = 0
  const answer = async () => {
    calls += 1
    if (calls > 1) throw new Error('Too many subrequests by single Worker invocation.')
    return { ok: true, outcome: 'imported' }
  }
  const response = await withObjects(answer)
  expect(await bodyOf<ImportAnswer>(response)).toMatchObject({
    imported: 1,
    failed: 0,
    complete: false,
    next_from: 1,
  })
})

test('an object that fails takes no other conversation with it', async () => {
  const error = vi.spyOn(console, 'error').mockImplementation(() => {})
  let calls = 0
  const answer = async () => {
    calls += 1
    if (calls === 1) throw new TypeError('of no interest')
    if (calls === 2) throw Object.assign(new Error('busy'), { overloaded: true })
    return { ok: true, outcome: 'imported' }
  }
  const imported = await bodyOf<ImportAnswer>(withObjects(answer))
  expect(imported).toMatchObject({ imported: 1, failed: 2 })
  expect(imported.errors).toMatchObject([
    { index: 0, detail: 'Something failed on our side; import the file again.' },
    { index: 1, detail: 'It can not be reached right now; import the file again.' },
  ])
  expect(error.mock.calls).toEqual([
    [expect.objectContaining({ event: 'import-failed', error: 'TypeError' })],
  ])
  error.mockRestore()
})

test('keeps the order of a long conversation', async () => {
  const ann = await as.user()
  const messages = Array.from({ length: 150 }, () => ({}))
  const { conversations } = await importing(ann, await asLines([exported({ messages })]))
  const one = await importedAs(ann, conversations[0]?.id ?? '')
  expect(one.messages.map(lineOf)).toEqual(messages.map((_, at) => `user: message ${at + 1}`))
})

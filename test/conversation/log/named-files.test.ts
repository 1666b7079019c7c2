import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'

import { complete } from '../../../src/conversation/log/complete.ts'
import { openParts } from '../../../src/conversation/parts.ts'
import { type Client, append } from '../../support/api.ts'
import { objectOf } from '../../support/given.ts'
import { given, look, restoreObject } from '../../support/reconciling.ts'
import { inRecord, inStorage } from '../../support/record.ts'

const picture = { type: 'image' as const, file_id: 'file_abc' }
const files = [{ file_id: 'file_abc', seq: 4 }]

const appendPicture = (ann: Client, id: string) =>
  append(ann, id, [{ id: 'p', role: 'user', content: null, parts: [picture] }])

const inTable = (id: string) => inStorage(id, 'SELECT file_id, seq FROM files')

const inObject = <T>(id: string, work: (ctx: DurableObjectState) => T) =>
  runInDurableObject(objectOf(id), (_, ctx) => work(ctx))

/** As if nothing had ever been kept of files. */
const forgetFiles = (id: string) =>
  inObject(id, ({ storage: { sql } }) => {
    for (const name of ['named', 'renamed', 'gone']) sql.exec(`DROP TRIGGER files_${name}`)
    sql.exec('DROP TABLE files')
  })

test('a file that a new message names is known', async () => {
  const { ann, id } = await given()
  expect(await inTable(id)).toEqual([])
  expect((await appendPicture(ann, id)).status).toBe(201)
  expect(await inTable(id)).toEqual(files)
})

test('a file that a message names only once it is completed is known', async () => {
  const { id } = await given(4)
  await inObject(id, (ctx) => {
    const parts = openParts(ctx, () => env)
    const row = parts.log.messageAt(4)!
    complete(parts, row, { ...row, parts: [picture] }, {})
    expect(parts.log.named(['file_abc', 'file_other'])).toEqual(['file_abc'])
    expect(parts.log.filesNamed()).toBe(1)
  })
  expect(await inTable(id)).toEqual(files)
})

test('a file that only the record knew of is known once the two are joined', async () => {
  const { ann, id } = await given()
  expect((await appendPicture(ann, id)).status).toBe(201)
  await inRecord(id, 4)
  // Its storage is restored to a moment before that, and it goes on.
  await forgetFiles(id)
  await restoreObject(id, 3)
  const other = [{ id: 'other', role: 'user', content: 'something else' }]
  expect((await append(ann, id, other)).status).toBe(201)
  expect(await look([id], false, 'log')).toMatchObject({ different: [id] })
  expect(await inTable(id)).toEqual([{ file_id: 'file_abc', seq: 5 }])
})

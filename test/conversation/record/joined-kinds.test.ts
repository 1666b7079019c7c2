import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'

import { openParts } from '../../../src/conversation/parts.ts'
import { append } from '../../support/api.ts'
import { objectOf } from '../../support/given.ts'
import { given, look, restoreObject } from '../../support/reconciling.ts'
import { inRecord, inStorage } from '../../support/record.ts'

test('a branch that only the record knew of is one once the two are joined', async () => {
  const { ann, id } = await given()
  const aside = [{ id: 'aside', role: 'user', content: 'Or rather' }]
  expect((await append(ann, id, aside, { parent_id: 'm1' })).status).toBe(201)
  await inRecord(id, 4)
  // Its storage is restored to a moment before anything branched, and it goes on.
  await inStorage(id, 'DROP INDEX messages_branching')
  await restoreObject(id, 3)
  const other = [{ id: 'other', role: 'user', content: 'something else' }]
  expect((await append(ann, id, other)).status).toBe(201)
  expect(await look([id], false, 'log')).toMatchObject({ different: [id] })
  const children = await runInDurableObject(objectOf(id), (_, ctx) =>
    openParts(ctx, () => env).log.childrenOf(1),
  )
  expect(children).toEqual([2, 5])
})

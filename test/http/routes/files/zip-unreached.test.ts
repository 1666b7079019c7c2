import { expect, test } from 'vitest'

import { append, as, bodyOf, sendWith } from '../../../support/api.ts'
import { aUser, bucket, givenFile, keysOf, picture, showing } from '../../../support/files.ts'
import { givenConversation } from '../../../support/given.ts'
import { type ImportAnswer, upload } from '../../../support/importing.ts'

const type = 'application/zip'

/** A bucket that fails at its nth reading, and how often it was read. */
function failingAt(nth: number) {
  const read = { times: 0 }
  const files = new Proxy(bucket, {
    get: (target, key) => {
      const real: unknown = Reflect.get(target, key)
      if (typeof real !== 'function') return real
      const bound = (real as (...args: unknown[]) => unknown).bind(target)
      if (key !== 'get') return bound
      return async (...args: unknown[]) => {
        read.times += 1
        if (read.times === nth) throw new Error('R2: internal error')
        return bound(...args)
      }
    },
  })
  return { files, read }
}

test('an archive that the bucket does not give back is not said to be damaged, and loses no file', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann, { title: 'Pictures' })
  const file = await givenFile(ann, picture('x'.repeat(3_000_000)))
  await append(ann, id, [showing(file.id)])
  const zip = new Uint8Array(await (await ann.get('/api/export?format=zip')).arrayBuffer())
  const outcomes: string[] = []
  for (let nth = 1; ; nth += 1) {
    const { client: bob, owner } = await aUser()
    const { files, read } = failingAt(nth)
    const headers = { ...bob.headers, 'content-type': type }
    const init = { method: 'POST', body: zip as BodyInit, headers }
    const answer = await sendWith({ FILES: files }, '/api/import', init)
    const told = await answer.json<ImportAnswer & { detail?: string }>()
    if (read.times < nth) break
    const detail = told.detail ?? told.errors[0]?.detail
    outcomes.push(`${answer.status} ${detail}`)
    expect(told.warnings ?? []).toEqual([])
    // The same file again brings all of it.
    expect(await bodyOf<ImportAnswer>(upload(bob, zip, { type }))).toMatchObject({ imported: 1 })
    expect(await keysOf(owner)).toHaveLength(1)
  }
  expect(outcomes[0]).toBe('503 The archive could not be read back. Nothing was stored.')
  expect(outcomes.length).toBeGreaterThan(1)
  for (const outcome of outcomes)
    expect(outcome).toMatch(/^(503 The archive|200 .*import the file again)/)
})

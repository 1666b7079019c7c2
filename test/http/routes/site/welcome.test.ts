import { expect, test } from 'vitest'

import { catalogue } from '../../../../src/contract/problem.ts'
import { as, at, send, sendWith } from '../../../support/api.ts'
import { problemOf } from '../../../support/problems.ts'

test('without the page, the root shows a browser what this is, and where to go on', async () => {
  const answer = await sendWith({ PAGE: 'off' }, '/', {
    headers: { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' },
  })
  expect(answer.status).toBe(200)
  expect(answer.headers.get('content-type')).toContain('text/html')
  expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'")
  const page = await answer.text()
  for (const [, path = ''] of page.matchAll(/(?:href|src)="([^"]*)"/g)) {
    expect([path, (await send(path)).status]).toEqual([path, 200])
  }
  expect(page).not.toContain('<script')
  expect(page).toContain('/api/sessions')
})

test('the root tells a program the same', async () => {
  for (const accept of ['*/*', 'application/json']) {
    const answer = await send('/', { headers: { accept } })
    expect(await answer.json()).toMatchObject({ name: 'Hilo', reference: '/openapi.json' })
  }
})

test.for(Object.keys(catalogue) as (keyof typeof catalogue)[])(
  'the address of a problem explains it: %s',
  async (type) => {
    const [status, title, name = type]: readonly [number, string, string?] = catalogue[type]
    const text = await (await send(`/problems/${name}`)).text()
    expect(text).toContain(`${status} ${title}`)
    expect(text.length).toBeGreaterThan(title.length + 40)
    expect(await (await send('/problems')).text()).toContain(name)
  },
)

test('the address in an answer can be followed', async () => {
  const ann = await as.user()
  const { type } = await problemOf(ann.get(at(crypto.randomUUID())))
  expect(await (await send(type)).text()).toContain('404 No such conversation')
  expect(await problemOf(send('/problems/nothing'))).toMatchObject({
    type: '/problems/no-such-problem',
    status: 404,
  })
})

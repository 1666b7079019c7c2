import { expect, test } from 'vitest'

import { attachment } from '../../../../src/http/routes/portable/file-name.ts'
import { as } from '../../../support/api.ts'
import { givenConversation } from '../../../support/given.ts'

/** The name that a client takes, and the one that an old client does. */
function namesOf(header: string) {
  const [, ascii, encoded = ''] =
    /^attachment; filename="([\w .-]+)"; filename\*=UTF-8''([\w.~%-]+)$/.exec(header) ?? []
  return [decodeURIComponent(encoded), ascii]
}

test.each([
  ['A trip', 'A trip.md', 'A trip.md'],
  ['Ñandú — 東京 👩‍👩‍👧', 'Ñandú — 東京 👩 👩 👧.md', 'Nandu _ __ __ __ __.md'],
  ['a"; filename="evil.exe', 'a ; filename= evil.exe.md', 'a _ filename_ evil.exe.md'],
  ['a\r\nSet-Cookie: x=1', 'a Set-Cookie x=1.md', 'a Set-Cookie x_1.md'],
  ['../../etc/passwd', 'etc passwd.md', 'etc passwd.md'],
  ['..', 'hilo.md', 'hilo.md'],
  ['C:\\x', 'C x.md', 'C x.md'],
  ['50% <b> a|b?*', '50 b a b.md', '50 b a b.md'],
  ['CON', 'hilo CON.md', 'hilo CON.md'],
  ['lpt1', 'hilo lpt1.md', 'hilo lpt1.md'],
  ['evil\u202Egnp.exe', 'evil gnp.exe.md', 'evil gnp.exe.md'],
  ["it's (1)!*", "it's (1)!.md", 'it_s _1__.md'],
  ['\u0000\u007F\u2028', 'hilo.md', 'hilo.md'],
  ['.hidden. ', 'hidden.md', 'hidden.md'],
  ['x'.repeat(255), `${'x'.repeat(80)}.md`, `${'x'.repeat(80)}.md`],
])('makes a name of any title: %j', (title, name, ascii) => {
  expect(namesOf(attachment(title, 'md'))).toEqual([name, ascii])
})

test('cuts a name between characters', () => {
  const [name] = namesOf(attachment('👍'.repeat(100), 'md'))
  expect(name).toBe(`${'👍'.repeat(80)}.md`)
})

test('names a file after the conversation when it has no title, and lets no title into the headers', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const plain = await ann.get(`/api/conversations/${id}/export?format=csv`)
  expect(namesOf(plain.headers.get('content-disposition') ?? '')).toEqual([
    `${id}.csv`,
    `${id}.csv`,
  ])
  await ann.patch(`/api/conversations/${id}`, { title: 'x"\r\nSet-Cookie: a=b\r\n\r\n<html>' })
  const named = await ann.get(`/api/conversations/${id}/export?format=csv`)
  expect(named.headers.get('set-cookie')).toBeNull()
  expect(namesOf(named.headers.get('content-disposition') ?? '')[1]).toBe(
    'x Set-Cookie a_b html.csv',
  )
  await Promise.all([plain.body?.cancel(), named.body?.cancel()])
})

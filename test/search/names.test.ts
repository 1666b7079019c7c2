import { expect, test } from 'vitest'

import { as } from '../support/api.ts'
import { givenConversation } from '../support/given.ts'
import { searchFor } from '../support/searching.ts'

test.each([
  ['"call getUserName in"', 'Call getUserName in'],
  ['"CALL GETUSERNAME IN"', 'Call getUserName in'],
  ['"call getUsername in SnakeCaseName or"', 'Call getUserName in snake_case_name, or'],
  ['"call getuse"*', 'Call getUserName'],
  ['httpServer2go.run', 'HTTPServer2Go.run'],
  ['username', 'UserName'],
  ['"get user"', 'getUser'],
  ['-"call getusername" server2go', null],
  ['"name getuser"', null],
  ['"getuser username"', null],
  ['"name snake"', null],
  ['"run get"', null],
])('of names in code, %s finds %s', async (q, marked) => {
  const ann = await as.user()
  const content = 'Call getUserName in snake_case_name, or HTTPServer2Go.run()'
  await givenConversation(ann, { messages: [{ role: 'user', content }] })
  const { data } = await searchFor(ann, q)
  const marks = data.map(({ excerpt: { text, highlights } }) =>
    highlights.map(({ start, end }) => text.slice(start, end)),
  )
  expect(marks).toEqual(marked === null ? [] : [[marked]])
})

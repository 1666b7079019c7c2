import { expect, test } from 'vitest'

import { as, bodyOf, send } from '../../support/api.ts'

const ann = await as.user()

const refusalOf = async (response: Response) => ({
  status: response.status,
  type: response.headers.get('content-type'),
  body: await response.json(),
})

test('everything that the frame refuses beneath its path is said in its shape', async () => {
  expect(await refusalOf(await ann.get('/assistant-ui/v1/nothing'))).toEqual({
    status: 404,
    type: 'application/json',
    body: {
      message: 'No such route',
      error: 'no_such_route',
      type: '/problems/no-such-route',
      title: 'No such route',
      status: 404,
    },
  })
  const unsaid = await send('/assistant-ui/v1/threads', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{',
  })
  expect(unsaid.ok).toBe(false)
  expect(await unsaid.json()).toMatchObject({
    message: expect.any(String),
    error: expect.any(String),
  })
})

test('what is refused of a message is said in sentences, and of the field that was sent', async () => {
  const { thread_id: id } = await bodyOf<{ thread_id: string }>(
    ann.post('/assistant-ui/v1/threads', {}),
  )
  const content = { role: 'assistant', content: [{ type: 'text', text: 'I said so' }] }
  const message = { parent_id: null, format: 'aui/v0', content }
  const refusal = await refusalOf(
    await ann.post(`/assistant-ui/v1/threads/${id}/messages`, message),
  )
  expect(refusal).toMatchObject({
    status: 403,
    body: {
      message:
        'This caller may not do this. Nothing of this request was stored. /content: Only services write assistant messages, unless ALLOW_CLIENT_ASSISTANT is on.',
      errors: [{ pointer: '/content' }],
    },
  })
})

test('beside its path nothing changes', async () => {
  const refusal = await refusalOf(await ann.get('/assistant-uix/v1/nothing'))
  expect(refusal.type).toBe('application/problem+json')
  expect(refusal.body).toMatchObject({ type: '/problems/no-such-route', status: 404 })
})

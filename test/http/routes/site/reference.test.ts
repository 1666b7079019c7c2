import { expect, test } from 'vitest'

import { as, bodyOf, send } from '../../../support/api.ts'
import { givenConversation } from '../../../support/given.ts'
import { placed } from '../../../support/routes.ts'

// A session's token, as linking takes, can't be proposed, nor what names a message or a thread in its body; what is the
// operator's is not for everybody, nor is there a file yet.
const isOfItsOwn = (method: string, path: string): boolean =>
  /\/(link|refresh|runs\/stream|generate-presigned-download-url)$|\{(message_id|lease_id)\}|^\/api\/admin\//.test(
    path,
  ) ||
  (method === 'post' && path === '/assistant-ui/v1/threads/{id}')

interface OpenApi {
  paths: Record<
    string,
    Record<string, { requestBody?: { content: Record<string, { example?: unknown }> } }>
  >
}

test('what the reference proposes to send is accepted as it stands', async () => {
  const ann = await as.user()
  const { paths } = await bodyOf<OpenApi>(send('/openapi.json'))
  const proposals = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).flatMap(([method, { requestBody }]) =>
      // The bytes of a file are nothing to be proposed.
      requestBody?.content['application/json'] && !isOfItsOwn(method, path)
        ? [{ method, path, body: requestBody.content['application/json']?.example }]
        : [],
    ),
  )
  expect(proposals.length).toBeGreaterThan(3)
  for (const { method, path, body } of proposals) {
    // One of its own: among the proposals is to erase everything.
    const id = await givenConversation(ann)
    const answer = await ann.request(method.toUpperCase(), placed(path, id), body)
    expect([method, path, answer.ok, await answer.text()]).toEqual([
      method,
      path,
      true,
      expect.any(String),
    ])
  }
})

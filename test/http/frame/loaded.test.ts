import { expect, test } from 'vitest'

import { as } from '../../support/api.ts'
import { givenFile } from '../../support/files.ts'
import { mcpOf, tell } from '../../support/mcp.ts'

interface Runner {
  moduleRunner: { transport: { invoke: (name: string, asked: string[]) => unknown } }
}

test('a request loads no code: what another one waits for would be lost with the first', async () => {
  const { transport } = (globalThis as unknown as { __vitest_mocker__: Runner }).__vitest_mocker__
    .moduleRunner
  const asked = new Set<string>()
  const { invoke } = transport
  transport.invoke = (name, [url = '', ...more]) => {
    asked.add(url)
    return invoke(name, [url, ...more])
  }
  try {
    const ann = await as.user()
    await givenFile(ann)
    await (await ann.get('/api/export?format=zip')).arrayBuffer()
    const mcp = await mcpOf(ann.headers)
    await tell(mcp, 'list_conversations')
  } finally {
    transport.invoke = invoke
  }
  // The pool itself asks for the Worker anew with each request.
  expect([...asked]).toEqual(['/src/worker.ts'])
})

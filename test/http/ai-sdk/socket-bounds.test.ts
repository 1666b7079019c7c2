import { expect, test } from 'vitest'

import { storedIn } from '../../support/ai-sdk.ts'
import { as, send } from '../../support/api.ts'
import { network } from '../../support/network.ts'
import { says, scripted } from '../../support/questions.ts'
import { eventually } from '../../support/record.ts'

interface Told {
  type: string
  requestId: string
  errorText?: string
}

/** A socket as a program of one's own opens it, and what it was told. */
async function opened() {
  const { webSocket } = await send('/api/chat-socket', { headers: { upgrade: 'websocket' } })
  const told: Told[] = []
  webSocket!.addEventListener('message', ({ data }) => {
    told.push(JSON.parse(data as string) as Told)
  })
  webSocket!.accept()
  const ask = (requestId: string, headers: Record<string, string>, text: string) => {
    const message = { id: crypto.randomUUID(), role: 'user', parts: [{ type: 'text', text }] }
    const id = crypto.randomUUID()
    const frame = { type: 'send', requestId, id, messages: [message], headers, body: {} }
    webSocket!.send(JSON.stringify({ ...frame, trigger: 'submit-message' }))
    return id
  }
  const of = (requestId: string, type: string) =>
    told.filter((one) => one.requestId === requestId && one.type === type)
  return { socket: webSocket!, ask, of }
}

test('a request under an id that still runs is refused, and so is a 33rd at once', async () => {
  const { headers } = await as.user()
  const { ask, of, socket } = await opened()
  const gate = crypto.randomUUID()
  const keys = Array.from({ length: 32 }, () => crypto.randomUUID())
  for (const key of keys) {
    await network.script(key, [{ text: 'One' }, { gate }, { text: ' two' }, { finish: 'stop' }])
    ask(key, headers, `Hello #${key}`)
  }
  await eventually(async () => keys.every((key) => of(key, 'start').length === 1))
  const [first = ''] = keys
  for (const id of [first, 'one-more']) {
    ask(id, headers, 'Hello')
    await eventually(async () => of(id, 'error').length === 1)
    expect(of(id, 'error')[0]?.errorText).toBe('Too many requests run at once.')
  }
  await network.open(gate)
  await eventually(async () => keys.every((key) => of(key, 'end').length === 1))
  // Once they have ended, the same id may be used again.
  ask(first, headers, `Again #${await scripted(says('Yes'))}`)
  await eventually(async () => of(first, 'end').length === 2)
  socket.close()
})

test('a service says in a frame for whom it acts', async () => {
  const user = crypto.randomUUID()
  const { ask, of, socket } = await opened()
  const acting = as.service('backend', `user:${user}`)
  const id = ask('r', acting.headers, `Hello #${await scripted(says('Yes'))}`)
  await eventually(async () => of('r', 'end').length === 1)
  expect(await storedIn(await as.user(user), id)).toHaveLength(2)
  socket.close()
})

// A back end that runs its own model, and has Hilo keep what was said (MODEL_PROVIDER=none suits it).
//
//   HILO_URL=http://localhost:8787 HILO_TOKEN=… node own-model.mjs ann
import { randomUUID } from 'node:crypto'

const { HILO_URL = 'http://localhost:8787', HILO_TOKEN } = process.env
const [user] = process.argv.slice(2)

async function hilo(method, path, body) {
  const answer = await fetch(HILO_URL + path, {
    method,
    headers: {
      authorization: `Bearer ${HILO_TOKEN}`,
      'hilo-acting-for': `user:${user}`,
      'content-type': 'application/json',
    },
    ...(body && { body: JSON.stringify(body) }),
  })
  if (!answer.ok) throw new Error(`${answer.status}: ${await answer.text()}`)
  return answer.json()
}

/** Your model. It is given what Hilo would send one: the newest messages that fit, and a summary of the rest. */
const think = async (messages) => ({
  content: `I was sent ${messages.length} messages.`,
  tokens: 7,
})

const { id } = await hilo('POST', '/api/conversations', { id: randomUUID(), title: 'Own model' })
let seq = 0
for (const question of ['What is a thread?', 'And a knot?']) {
  const asked = { id: randomUUID(), role: 'user', content: question }
  await hilo('POST', `/api/conversations/${id}/messages`, { messages: [asked], expected_seq: seq })
  const { messages } = await hilo('GET', `/api/conversations/${id}/context`)
  const { content, tokens } = await think(messages)
  const said = {
    id: randomUUID(),
    role: 'assistant',
    content,
    model: 'my-model',
    tokens_used: tokens,
    finish_reason: 'stop',
  }
  // If somebody was faster, this is a 409 that says so, and nothing is stored.
  const kept = await hilo('POST', `/api/conversations/${id}/messages`, {
    messages: [said],
    expected_seq: seq + 1,
  })
  seq = kept.conversation.message_count
  console.log(content)
}

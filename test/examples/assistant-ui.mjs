// A browser's client in Node.js: `assistant-cloud` as it comes from npm, with no code of Hilo's. A visitor chats, the reply is
// written while it streams, and at login the chat becomes the user's. Hilo has to run with ALLOW_CLIENT_ASSISTANT=on.
//
//   HILO_URL=http://localhost:8787 HILO_USER_TOKEN=… node assistant-ui.mjs "What is a thread?"
import { AssistantCloud, CloudMessagePersistence, generateThreadTitle } from 'assistant-cloud'

const baseUrl = `${process.env.HILO_URL ?? 'http://localhost:8787'}/assistant-ui`
const question = process.argv[2] ?? 'What is a thread?'

// A browser keeps the visitor's token in its localStorage; here we keep it ourselves.
const kept = new Map()
globalThis.localStorage = {
  getItem: (key) => kept.get(key) ?? null,
  setItem: (key, value) => kept.set(key, value),
  removeItem: (key) => kept.delete(key),
}

const visitor = new AssistantCloud({ baseUrl, anonymous: true })
const { thread_id: id } = await visitor.threads.create({ last_message_at: new Date() })
const messages = new CloudMessagePersistence(visitor)

const said = (role, text) => ({ role, parts: [{ type: 'text', text }] })
await messages.append(id, 'u1', null, 'ai-sdk/v6', said('user', question))
let text = ''
for (const word of ['It ', 'is ', 'what ', 'holds ', 'this ', 'together.']) {
  text += word
  const phase = word.endsWith('.') ? 'done' : 'running'
  await messages.append(id, 'a1', 'u1', 'ai-sdk/v6', said('assistant', text), phase)
}
const named = [{ role: 'user', content: [{ type: 'text', text: question }] }]
console.log('title', await generateThreadTitle(visitor, { threadId: id, messages: named }))

const [stored] = [...kept.values()]
const user = new AssistantCloud({ baseUrl, authToken: async () => process.env.HILO_USER_TOKEN })
console.log('moved', (await user.threads.claim({ refresh_token: JSON.parse(stored).token })).moved)
const { messages: shown } = await user.threads.messages.list(id, { format: 'ai-sdk/v6' })
for (const { content } of shown.reverse()) console.log(content.role, content.parts[0].text)

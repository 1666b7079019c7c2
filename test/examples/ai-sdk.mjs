// A chat with the AI SDK: what `useChat` does in a page, without React.
//
//   npm install ai
//   HILO_URL=http://localhost:8787 node ai-sdk.mjs "What is a thread?" "And a needle?"
const { AbstractChat, DefaultChatTransport, generateId } = await import(process.env.AI_SDK ?? 'ai')

const hilo = process.env.HILO_URL ?? 'http://localhost:8787'
const visitor = await fetch(`${hilo}/api/sessions`, { method: 'POST' }).then((answer) =>
  answer.json(),
)
const headers = { authorization: `Bearer ${visitor.token}` }

// React, Vue and Svelte bring a state of their own: `useChat({ id, messages, transport })`.
class Chat extends AbstractChat {
  constructor({ messages, ...init }) {
    const state = {
      status: 'ready',
      error: undefined,
      messages,
      pushMessage: (message) => (state.messages = [...state.messages, message]),
      popMessage: () => (state.messages = state.messages.slice(0, -1)),
      replaceMessage: (at, message) => (state.messages = state.messages.with(at, message)),
      snapshot: (value) => structuredClone(value),
    }
    super({ ...init, state })
  }
}

const id = generateId()
const stored = () =>
  fetch(`${hilo}/api/chat/${id}/messages`, { headers }).then((answer) => answer.json())
const transport = new DefaultChatTransport({ api: `${hilo}/api/chat`, headers })
for (const text of process.argv.slice(2)) {
  // As a page that is loaded anew for every question.
  const chat = new Chat({ id, messages: await stored(), transport })
  await chat.sendMessage({ text })
  if (chat.error) throw chat.error
}
for (const { role, parts } of await stored()) {
  console.log(`${role}: ${parts.map((part) => part.text ?? '').join('')}`)
}

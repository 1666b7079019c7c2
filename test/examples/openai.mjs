// A chat by OpenAI's own client: HILO_URL and HILO_TOKEN say where, and as which service.
// node openai.mjs USER QUESTION [CONVERSATION]
import OpenAI from 'openai'

const [user, question, known] = process.argv.slice(2)
const openai = new OpenAI({
  baseURL: `${process.env.HILO_URL ?? 'http://localhost:8787'}/v1`,
  apiKey: process.env.HILO_TOKEN,
  defaultHeaders: { 'Hilo-Acting-For': `user:${user}` },
})

const conversation = known ?? (await openai.conversations.create()).id
const stream = openai.responses.stream({ model: 'default', conversation, input: question })
stream.on('response.output_text.delta', ({ delta }) => process.stdout.write(delta))
const { id, status } = await stream.finalResponse()
console.log(`\n${status} ${id}`)

for await (const item of openai.conversations.items.list(conversation, { order: 'asc' })) {
  console.log(item.role, item.content.map(({ text }) => text).join(''))
}
console.log(conversation)

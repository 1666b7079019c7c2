// A back end in Node.js with Hilo's client: it streams a reply, and goes on with it if the connection breaks.
//
//   HILO_URL=http://localhost:8787 HILO_TOKEN=… node chat.mjs ann "What is a thread?"
import { Hilo } from 'hilo/client'

const [user, question] = process.argv.slice(2)
const hilo = new Hilo({
  url: process.env.HILO_URL ?? 'http://localhost:8787',
  token: process.env.HILO_TOKEN,
  actingFor: `user:${user}`,
})

const reply = hilo.begin([{ role: 'user', content: question }], { title: 'From Node' })
for await (const event of reply) {
  if (event.type === 'delta') process.stdout.write(event.content)
  if (event.type === 'failed') throw new Error(event.problem.detail)
}
process.stdout.write('\n')

const { data } = await hilo.api.GET('/api/conversations/{id}/messages', {
  params: { path: { id: reply.conversationId } },
})
for (const { seq, role } of data.data) console.log(seq, role)

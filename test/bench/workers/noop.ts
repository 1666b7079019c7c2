import { Hono } from 'hono'

const app = new Hono()
app.get('/', (c) => c.json({ ok: true }))
// What a model costs that nobody stands between: the same network, straight through.
app.post('/relay', (c) =>
  fetch('https://model.bench/v1/chat/completions', { method: 'POST', body: c.req.raw.body }),
)

export default app

import { describe, expect, onTestFinished, test, vi } from 'vitest'

import { Hilo, type HiloError, type ReplyEvent } from '../../src/client/client.ts'

const all = async (reply: AsyncIterable<ReplyEvent>) => Array.fromAsync(reply)

/** A server that says only what it is told, one answer a request; the last one again and again. */
function scripted(...answers: (() => Response)[]) {
  const requests: Request[] = []
  const hilo = new Hilo({
    url: 'https://hilo.test',
    token: 'a-token',
    actingFor: 'user:ann',
    fetch: async (request) => {
      requests.push(request)
      const answer = answers[Math.min(requests.length, answers.length) - 1]
      return (answer as () => Response)()
    },
  })
  return { requests, reply: hilo.continue('c', [{ role: 'user', content: 'Go on' }]) }
}

const stream = (...blocks: string[]) => new Response(blocks.map((block) => `${block}\n\n`).join(''))
const told = (id: string, event: string, data: object) =>
  `id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}`

describe('how a reply can end', () => {
  const accepted = told('r.0', 'accepted', { messages: [], reply_id: 'r' })
  const delta = told('r.2', 'delta', { content: 'So' })

  test('a service says for whom it acts', async () => {
    const { requests, reply } = scripted(() => stream(told('r.1', 'completed', { message: {} })))
    await all(reply)
    const headers = requests[0]?.headers
    expect(headers?.get('authorization')).toBe('Bearer a-token')
    expect(headers?.get('hilo-acting-for')).toBe('user:ann')
  })

  test('with tool calls; comments and events of a later version are left out', async () => {
    const calls = [{ id: 't', type: 'function', function: { name: 'f', arguments: '{}' } }]
    const { reply } = scripted(() =>
      stream(
        ': still there',
        accepted,
        told('r.1', 'of-tomorrow', {}),
        told('r.1', 'tool_calls', { tool_calls: calls }),
        told('r.2', 'completed', { message: {} }),
      ),
    )
    const events = await all(reply)
    expect(events.map(({ type }) => type)).toEqual(['accepted', 'tool_calls', 'completed'])
    expect(events[1]).toEqual({ type: 'tool_calls', toolCalls: calls })
  })

  test('failed: text() throws the problem', async () => {
    const problem = { status: 502, title: 'The model failed' }
    const { reply } = scripted(() => stream(accepted, told('r.0', 'failed', { problem })))
    await expect(reply.text()).rejects.toMatchObject({ status: 502, problem })
  })

  test('closed: text() throws with what to do', async () => {
    const closed = told('r.2', 'closed', { reason: 'expired', detail: 'The token has expired' })
    const { reply } = scripted(() => stream(accepted, delta, closed))
    await expect(reply.text()).rejects.toThrow('The token has expired')
  })

  test('lost on the server after a break: an error says to send the request again', async () => {
    const none = () => new Response(null, { status: 204 })
    const { reply } = scripted(() => stream(accepted, delta), none)
    await expect(reply.text()).rejects.toThrow('Send the same request again')
  })

  test('without a reply at all', async () => {
    const { reply } = scripted(() => new Response(null, { status: 204 }))
    await expect(reply.text()).rejects.toThrow('No reply')
  })

  test('given up when no connection brings anything', async () => {
    vi.useFakeTimers()
    onTestFinished(() => {
      vi.useRealTimers()
    })
    const { requests, reply } = scripted(
      () => stream(accepted),
      () => stream(': nothing'),
    )
    const given = reply.text().catch((error: HiloError) => error)
    await vi.runAllTimersAsync()
    expect(await given).toMatchObject({ name: 'HiloError', status: 0 })
    expect(requests).toHaveLength(9)
    expect(requests[8]?.headers.get('last-event-id')).toBe('r.0')
  })
})

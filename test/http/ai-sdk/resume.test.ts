import { describe, expect, test } from 'vitest'

import {
  type Fetch,
  chatOf,
  messagesOf,
  storedIn,
  textOf,
  versions,
  whenSaid,
} from '../../support/ai-sdk.ts'
import { type Client, as, bodyOf, send } from '../../support/api.ts'
import { network } from '../../support/network.ts'
import { callsTo, says } from '../../support/questions.ts'
import { historyOf } from '../../support/turns.ts'

/** A model that says `One`, and ` two` once the gate is opened. */
async function halted(): Promise<string> {
  const key = crypto.randomUUID()
  await network.script(key, [
    { text: 'One' },
    { gate: key },
    { text: ' two' },
    { finish: 'stop', tokens: 9 },
  ])
  return key
}

/** A network that breaks the answers that run when it is told to. */
function breakable() {
  const running: ReadableStreamDefaultController[] = []
  const fetch: Fetch = async (path, init) => {
    const answer = await send(path, init)
    const reader = answer.body?.getReader()
    if (!reader) return answer
    const body = new ReadableStream({
      start: (controller) => void running.push(controller),
      pull: async (controller) => {
        const { done, value } = await reader.read()
        if (done) controller.close()
        else controller.enqueue(value)
      },
    })
    return new Response(body, answer)
  }
  const cut = () => running.splice(0).forEach((one) => one.error(new TypeError('network error')))
  return { fetch, cut }
}

const stop = (client: Client, id: string, body: object = {}) =>
  client.post(`/api/chat/${id}/stop`, body)

describe.each(versions)('ai %i', (version) => {
  test('a page that is loaded anew goes on with the reply that runs', async () => {
    const client = await as.session()
    const key = await halted()
    const first = chatOf(version, client)
    const sent = first.sendMessage({ text: `Hello #${key}` })
    await whenSaid(first, 'One')
    const chat = chatOf(version, client, {
      id: first.id,
      messages: await storedIn(client, first.id),
    })
    expect(chat.messages).toHaveLength(1)
    const resumed = chat.resumeStream()
    await whenSaid(chat, 'One')
    expect(chat.messages[1]?.id).toBe(first.messages[1]?.id)
    await network.open(key)
    await Promise.all([sent, resumed])
    expect(chat.messages.map(textOf)[1]).toBe('One two')
    expect(messagesOf(chat)).toEqual(messagesOf(first))
    expect(await storedIn(client, chat.id)).toEqual(messagesOf(chat))
    await chat.resumeStream()
    expect(chat.status).toBe('ready')
    expect(chat.messages).toHaveLength(2)
  })

  test('a page that is loaded anew goes on with a turn that has results of tools', async () => {
    const client = await as.user()
    const [calls, key] = [crypto.randomUUID(), await halted()]
    await network.script(calls, [{ text: 'Let me see.' }, ...callsTo('c1')])
    const first = chatOf(version, client)
    await first.sendMessage({ text: `Hello #${calls}` })
    await first.addToolResult({
      tool: 'look',
      toolCallId: 'c1',
      output: { key: `#${key}` },
    } as never)
    const sent = first.sendMessage()
    await whenSaid(first, 'Let me see.One')
    const messages = await storedIn(client, first.id)
    // Version 5 adds what it is told again to the message that it has: it has to let go of that first.
    const chat = chatOf(version, client, {
      id: first.id,
      messages: version === 5 ? messages.slice(0, -1) : messages,
    })
    const resumed = chat.resumeStream()
    await whenSaid(chat, 'Let me see.One')
    await network.open(key)
    await Promise.all([sent, resumed])
    expect(messagesOf(chat)).toEqual(messagesOf(first))
    expect(await storedIn(client, chat.id)).toEqual(messagesOf(chat))
  })

  test('hangs up and asks something else: what was said until then is kept', async () => {
    const client = await as.user()
    const key = await halted()
    const chat = chatOf(version, client)
    const sent = chat.sendMessage({ text: `Hello #${key}` })
    await whenSaid(chat, 'One')
    await chat.stop()
    await sent
    const next = crypto.randomUUID()
    await network.script(next, says('Three'))
    await chat.sendMessage({ text: `Then this #${next}` })
    expect(chat.error).toBeUndefined()
    expect(chat.messages.map(textOf).filter((text) => !text.includes('#'))).toEqual([
      'One',
      'Three',
    ])
    const stored = await storedIn(client, chat.id)
    expect(stored.map(textOf)).toEqual(chat.messages.map(textOf))
    expect(stored[1]).toMatchObject({
      id: chat.messages[1]?.id,
      metadata: { status: 'interrupted' },
    })
    await network.open(key)
  })

  test('stops a reply for good, if it is the one that is meant', async () => {
    const client = await as.user()
    const key = await halted()
    const chat = chatOf(version, client)
    const sent = chat.sendMessage({ text: `Hello #${key}` })
    await whenSaid(chat, 'One')
    const messageId = chat.messages[1]!.id
    expect(await bodyOf(stop(client, chat.id, { messageId: 'another' }))).toEqual({
      stopped: false,
    })
    expect(await bodyOf(stop(client, chat.id, { messageId }))).toEqual({ stopped: true })
    await sent
    expect(chat.status).toBe('ready')
    expect(chat.messages.map(textOf)[1]).toBe('One')
    expect(await storedIn(client, chat.id)).toEqual(messagesOf(chat))
    expect(await bodyOf(stop(client, chat.id))).toEqual({ stopped: false })
    await network.open(key)
  })

  test('two tabs begin the same chat at once, and it is one', async () => {
    const client = await as.user()
    const id = `chat-${crypto.randomUUID()}`
    const keys = [crypto.randomUUID(), crypto.randomUUID()]
    for (const key of keys) await network.script(key, says(`For ${key}`))
    const tabs = keys.map(() => chatOf(version, client, { id }))
    await Promise.all(tabs.map((tab, index) => tab.sendMessage({ text: `Hello #${keys[index]}` })))
    for (const [index, tab] of tabs.entries()) {
      if (!tab.error) continue
      expect(tab.error.message).toContain('A reply is running.')
      await tab.regenerate()
      expect(tab.messages.map(textOf)[1]).toBe(`For ${keys[index]}`)
    }
    const texts = (await storedIn(client, id)).map(textOf)
    expect(texts.toSorted()).toEqual(
      keys.flatMap((key) => [`Hello #${key}`, `For ${key}`]).toSorted(),
    )
  })
})

describe.each([6, 7] as const)('ai %i', (version) => {
  test('the same page goes on after its network failed', async () => {
    const client = await as.user()
    const key = await halted()
    const { fetch, cut } = breakable()
    const chat = chatOf(version, client, { fetch })
    const sent = chat.sendMessage({ text: `Hello #${key}` })
    await whenSaid(chat, 'One')
    cut()
    await sent
    expect(chat.status).toBe('error')
    const resumed = chat.resumeStream()
    await network.open(key)
    await resumed
    expect(chat.messages.map(textOf)[1]).toBe('One two')
    expect(await storedIn(client, chat.id)).toEqual(messagesOf(chat))
  })
})

test('the same request again joins its reply, or gets what it came to, and adds nothing', async () => {
  const client = await as.user()
  const key = await halted()
  const id = crypto.randomUUID()
  const body = {
    id,
    messages: [{ id: 'm1', role: 'user', parts: [{ type: 'text', text: `Hello #${key}` }] }],
  }
  const ask = async () => (await client.post('/api/chat', body)).text()
  const twice = [ask(), ask()]
  await network.open(key)
  const [first, second] = await Promise.all(twice)
  const idIn = (stream = '') => /"messageId":"([^"]+)"/.exec(stream)?.[1]
  expect(first).toContain('data: [DONE]')
  expect(idIn(first)).toBe(idIn(second))
  expect(idIn(await ask())).toBe(idIn(first))
  expect(await historyOf(client, id, 'all')).toHaveLength(2)
  expect(await network.seen(key)).toHaveLength(1)
})

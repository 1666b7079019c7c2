import { abortAllDurableObjects } from 'cloudflare:test'
import { describe, expect, test } from 'vitest'

import { append, as, read } from '../../../support/api.ts'
import { givenConversation } from '../../../support/given.ts'
import { about, attemptsOf, summarised } from '../../../support/memory.ts'
import { network } from '../../../support/network.ts'
import { eventually, ringWhenDue } from '../../../support/record.ts'
import { shorten } from '../../../support/time.ts'

const refused = JSON.stringify({
  choices: [
    { message: { content: null, refusal: 'I help with no voyages.' }, finish_reason: 'stop' },
  ],
})

describe('a summary that fails', () => {
  test('survives that the object is lost in the middle', async () => {
    await network.script(
      'lost.summary',
      [{ hang: true }],
      [{ text: 'From the second try' }, { finish: 'stop' }],
    )
    const ann = await as.user()
    const id = await givenConversation(ann, { messages: about('lost', 10) })
    await eventually(async () => (await network.seen('lost.summary')).length === 1)
    await abortAllDurableObjects()
    expect((await read(ann, id)).summary_seq).toBe(0)
    await ringWhenDue(id)
    expect(await read(ann, id)).toMatchObject({ summary: 'From the second try', summary_seq: 10 })
  })

  test.each([
    ['an error', [{ status: 500 }]],
    ['nothing', [{ finish: 'stop' }]],
    ['half a text', [{ text: 'Half of' }, { finish: 'length' }]],
    ['no reason to have finished', [{ text: 'Whole?' }]],
    ['nonsense', [{ raw: '<html>' }]],
    ['marks', [{ text: '```\n```' }, { finish: 'stop' }]],
    ['a refusal', [{ raw: refused }]],
    ['a refusal in words', [{ text: 'I’m sorry, I can’t do that.' }, { finish: 'stop' }]],
  ])('is not replaced by %s, and tried again', async (name, steps) => {
    const key = `bad-${name.replaceAll(' ', '-')}`
    await network.script(`${key}.summary`, [{ text: 'Good one' }, { finish: 'stop' }], steps, [
      { text: 'Better one' },
      { finish: 'stop' },
    ])
    const ann = await as.user()
    const id = await givenConversation(ann, { messages: about(key, 10) })
    await summarised(ann, id, 10)
    await append(ann, id, about(key, 10, 11))
    await eventually(async () => (await attemptsOf(id)) === 1)
    expect(await read(ann, id)).toMatchObject({ summary: 'Good one', summary_seq: 10 })
    await ringWhenDue(id)
    expect(await read(ann, id)).toMatchObject({ summary: 'Better one', summary_seq: 20 })
  })

  test('is given up when the model takes too long, and tried again', async () => {
    const haveTime = shorten(120_000)
    await network.script(
      'slow.summary',
      [{ hang: true }],
      [{ text: 'In time' }, { finish: 'stop' }],
    )
    const ann = await as.user()
    const id = await givenConversation(ann, { messages: about('slow', 10) })
    await eventually(async () => (await attemptsOf(id)) === 1)
    haveTime()
    await ringWhenDue(id)
    expect(await read(ann, id)).toMatchObject({ summary: 'In time', summary_seq: 10 })
  })

  test('waits for the next ten after its last retry', async () => {
    await network.script('dead.summary', [{ status: 401 }])
    const ann = await as.user()
    const id = await givenConversation(ann, { messages: about('dead', 10) })
    for (let attempt = 1; attempt < 5; attempt += 1) {
      await eventually(async () => (await attemptsOf(id)) === attempt)
      await ringWhenDue(id)
    }
    expect(await attemptsOf(id)).toBe(0)
    expect(await network.seen('dead.summary')).toHaveLength(5)
    await append(ann, id, about('dead', 9, 11))
    expect(await attemptsOf(id)).toBe(0)
    await network.script('dead.summary', [{ text: 'Alive' }, { finish: 'stop' }])
    await append(ann, id, about('dead', 1, 20))
    await summarised(ann, id, 20)
    expect(await read(ann, id)).toMatchObject({ summary: 'Alive', summary_seq: 20 })
  })
})

import { expect, test } from 'vitest'

import { type Unit, unitsOf } from '../../../src/conversation/context/units.ts'
import type { ModelMessage } from '../../../src/model/model.ts'
import type { MessageRow } from '../../../src/storage/tables.ts'
import { randomHistory } from '../../support/histories.ts'

const phrases = { file: '[file]', image: '[image]', unanswered: '[No answer.]' }

const messagesOf = (units: Unit[]): ModelMessage[] => units.flatMap(({ messages }) => messages)

/** What the chat-completions API says of the shape of a request; null if it has nothing to say. */
function refusal(messages: ModelMessage[]): string | null {
  let waiting: string[] = []
  for (const message of messages) {
    if (message.role === 'tool') {
      if (!waiting.includes(message.tool_call_id)) return 'a result without its call'
      waiting = waiting.filter((id) => id !== message.tool_call_id)
      continue
    }
    if (waiting.length > 0) return 'a call without all of its results right behind it'
    const calls = message.role === 'assistant' ? message.tool_calls : undefined
    if (message.content.length === 0 && !calls) return 'an empty message'
    waiting = calls?.map(({ id }) => id) ?? []
  }
  return waiting.length > 0 ? 'a call without all of its results right behind it' : null
}

test('makes nothing of any history that the API would refuse', () => {
  for (let seed = 1; seed <= 500; seed += 1) {
    const rows = randomHistory(seed)
    for (const from of [0, 1, Math.floor(rows.length / 2)]) {
      const messages = messagesOf(unitsOf(rows.slice(from), phrases))
      expect(refusal(messages), `seed ${seed} from ${from}`).toBeNull()
    }
  }
})

test('takes in every plain message and every call that is answered in full', () => {
  for (let seed = 1; seed <= 500; seed += 1) {
    const rows = randomHistory(seed)
    const units = unitsOf(rows, phrases)
    const inside = new Set(units.flatMap((unit) => unit.rows.map((row) => row.seq)))
    for (const row of rows.filter(({ role }) => role === 'user')) {
      expect(inside.has(row.seq), `seed ${seed} seq ${row.seq}`).toBe(true)
    }
    for (const unit of units) expect(new Set(unit.rows).size).toBe(unit.rows.length)
  }
})

test('includes interrupted replies as far as they got', () => {
  const [row] = randomHistory(1)
  const interrupted: MessageRow = {
    ...(row as MessageRow),
    role: 'assistant',
    status: 'interrupted',
    content: 'As far as',
    toolCalls: null,
    parts: null,
  }
  expect(messagesOf(unitsOf([interrupted], phrases))).toEqual([
    { role: 'assistant', content: 'As far as' },
  ])
})

test('leaves a call without a name out, with its result, and keeps what was said', () => {
  const [row] = randomHistory(1)
  const plain = { ...(row as MessageRow), parts: null, toolCalls: null, toolCallId: null }
  const call = (id: string, name: string) => ({
    id,
    type: 'function' as const,
    function: { name, arguments: '{}' },
  })
  const rows: MessageRow[] = [
    { ...plain, role: 'assistant', content: 'So', toolCalls: [call('a', ' '), call('b', 'look')] },
    { ...plain, role: 'tool', content: 'nothing', toolCallId: 'a' },
    { ...plain, role: 'tool', content: 'found', toolCallId: 'b' },
    { ...plain, role: 'user', content: 'And now?' },
  ]
  expect(messagesOf(unitsOf(rows, phrases))).toEqual([
    { role: 'assistant', content: 'So', tool_calls: [call('b', 'look')] },
    { role: 'tool', content: 'found', tool_call_id: 'b' },
    { role: 'assistant', content: '[No answer.]' },
    { role: 'user', content: 'And now?' },
  ])
})

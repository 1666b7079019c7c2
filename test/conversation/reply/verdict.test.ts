import { describe, expect, test } from 'vitest'

import { MESSAGE_BYTES } from '../../../src/contract/limits.ts'
import { Restarted, TooLong, verdictOf } from '../../../src/conversation/reply/verdict.ts'
import { type Ending, ModelError } from '../../../src/model/model.ts'
import { TimedOut } from '../../../src/within.ts'

const nothingSaid = { id: 'r', text: '', reasoning: '', model: 'asked-for' }
const said = { ...nothingSaid, text: 'Some text' }
const ending = (changes: Partial<Ending> = {}): Ending => ({
  finishReason: 'stop',
  toolCalls: null,
  model: 'answered',
  tokensUsed: 5,
  ...changes,
})
const call = (text = '{}') => ({
  id: 'c',
  type: 'function' as const,
  function: { name: 'look', arguments: text },
})

describe('a reply is complete', () => {
  test.each(['stop', 'length', 'content_filter', 'something-new'])('when it says %s', (reason) => {
    expect(verdictOf(said, ending({ finishReason: reason }))).toMatchObject({
      kind: 'completed',
      draft: {
        id: 'r',
        role: 'assistant',
        origin: 'model',
        content: 'Some text',
        status: 'complete',
        finishReason: reason,
        model: 'answered',
        tokensUsed: 5,
      },
    })
  })

  test('with calls, and no text at all', () => {
    const calls = { finishReason: 'tool_calls', toolCalls: [call()] }
    expect(verdictOf(nothingSaid, ending(calls))).toMatchObject({
      kind: 'completed',
      draft: { content: '', toolCalls: [call()] },
    })
  })

  test('and keeps the model that was asked for, when none says its name', () => {
    expect(verdictOf(said, ending({ model: null }))).toMatchObject({
      draft: { model: 'asked-for' },
    })
  })

  test('with what storage can not keep replaced', () => {
    const broken = 'a\0b\uD800c'
    const kept = 'a\uFFFDb\uFFFDc'
    const calls = { finishReason: 'tool_calls', toolCalls: [call(broken)] }
    expect(verdictOf({ ...said, text: broken }, ending(calls))).toMatchObject({
      draft: { content: kept, toolCalls: [call(kept)] },
    })
  })
})

const cut = ending({ finishReason: null, model: null, tokensUsed: null })
const tooManyCalls = ending({ toolCalls: [call('x'.repeat(MESSAGE_BYTES))] })

describe('a reply with text is interrupted', () => {
  test.each([
    ['upstream-cut', cut],
    ['upstream-error', new ModelError('failed', 'It failed.')],
    ['upstream-error', new ModelError('overloaded', 'It is busy.')],
    ['upstream-error', new Error('something else')],
    ['upstream-timeout', new ModelError('timeout', 'It took long.')],
    ['upstream-timeout', new TimedOut()],
    ['too-long', new TooLong()],
    ['too-long', tooManyCalls],
    ['restarted', new Restarted()],
  ] as const)('for the reason %s', (reason, result) => {
    const verdict = verdictOf(said, result)
    expect(verdict).toMatchObject({ kind: 'interrupted', reason })
    expect(verdict).toMatchObject({
      draft: { content: 'Some text', status: 'interrupted', toolCalls: null },
    })
  })

  test('without the calls that it may have had', () => {
    expect(verdictOf(said, { ...cut, toolCalls: [call()] })).toMatchObject({
      kind: 'interrupted',
      draft: { toolCalls: null, finishReason: null },
    })
  })
})

describe('a reply that said nothing has failed', () => {
  test.each([
    ['model-failed', cut, /before it said anything/],
    ['model-failed', new ModelError('failed', 'It failed.'), /It failed/],
    ['model-failed', new Error('secret words'), /before it said anything/],
    ['model-failed', new Restarted(), /before it said anything/],
    ['model-timeout', new ModelError('timeout', 'It took long.'), /It took long/],
    ['model-timeout', new TimedOut(), /in time/],
  ] as const)('as %s', (why, result, detail) => {
    const verdict = verdictOf(nothingSaid, result)
    expect(verdict).toMatchObject({ kind: 'failed', why })
    expect(verdict.kind === 'failed' && verdict.extra.detail).toMatch(detail)
    expect(verdict.kind === 'failed' && verdict.extra.retry_after).toBeUndefined()
  })

  test('as overloaded, with a time to come back', () => {
    expect(verdictOf(nothingSaid, new ModelError('overloaded', 'It is busy.'))).toMatchObject({
      kind: 'failed',
      why: 'model-overloaded',
      extra: { detail: 'It is busy.', retry_after: 10 },
    })
  })

  test('even when it called more than a message can hold', () => {
    expect(verdictOf(nothingSaid, tooManyCalls)).toMatchObject({ kind: 'failed' })
  })
})

import { expect, test } from 'vitest'

import { chunk, readChunks } from '../support/answers.ts'

const calls = [{ id: 'a', type: 'function', function: { name: 'look', arguments: '{"at":"sea"}' } }]
const called = [{ id: 'a', function: { name: 'look', arguments: '{"at":"sea"}' } }]
const end = 'tool_calls'

test.each<[string, unknown[]]>([
  [
    'as another choice of the same index',
    [
      {
        choices: [
          { index: 0, message: { content: 'I look.' }, finish_reason: end },
          { index: 0, message: { content: null, tool_calls: calls }, finish_reason: end },
        ],
      },
    ],
  ],
  [
    'as another choice without an index',
    [
      {
        choices: [
          { message: { content: 'I look.' }, finish_reason: end },
          { message: { tool_calls: calls }, finish_reason: end },
        ],
      },
    ],
  ],
  [
    'only with the whole message at the end',
    [
      chunk({ content: 'I look.' }),
      { choices: [{ message: { content: 'I look.', tool_calls: calls }, finish_reason: end }] },
    ],
  ],
  [
    'with the whole message beside an empty piece',
    [
      chunk({ content: 'I look.' }),
      {
        choices: [
          {
            delta: { role: 'assistant', content: '', tool_calls: [] },
            message: { content: 'I look.', tool_calls: calls },
            finish_reason: end,
          },
        ],
      },
    ],
  ],
  [
    'in pieces, and again at the end',
    [
      chunk({ content: 'I look.' }),
      chunk({ tool_calls: [{ index: 0, ...calls[0] }] }),
      { choices: [{ message: { content: 'I look.', tool_calls: calls }, finish_reason: end }] },
    ],
  ],
  [
    'with name and arguments beside the id',
    [
      chunk({ content: 'I look.' }),
      chunk({ tool_calls: [{ id: 'a', name: 'look', arguments: { at: 'sea' } }] }, end),
    ],
  ],
  [
    'without a list around the only one',
    [chunk({ content: 'I look.' }), chunk({ tool_calls: calls[0] }, end)],
  ],
])('text and calls are read that come %s', async (_, chunks) => {
  const { text, ending } = await readChunks(...chunks)
  expect(text).toBe('I look.')
  expect(ending).toMatchObject({ finishReason: end, toolCalls: called })
  expect(ending.toolCalls?.[0]).not.toHaveProperty('extra')
})

test('of several answers the first counts, in whatever order they come', async () => {
  const [first, second] = [0, 1].map((index) => ({
    index,
    delta: { content: `Answer ${index}` },
    finish_reason: 'stop',
  }))
  expect((await readChunks({ choices: [first, second] })).text).toBe('Answer 0')
  expect((await readChunks({ choices: [second, first] })).text).toBe('Answer 0')
  expect((await readChunks({ choices: [second] })).text).toBe('Answer 1')
})

test.each([
  [{ usage: { prompt_tokens: 5, completion_tokens: 7 } }, 12],
  [{ usage: { prompt_tokens: 5, completion_tokens: 7, total_tokens: null } }, 12],
  [{ usage: { prompt_tokens: 5 } }, null],
  [{ usage: { prompt_tokens: 5, completion_tokens: 7.5 } }, null],
  [{ usage: null, x_groq: { usage: { total_tokens: 12 } } }, 12],
  [{ usage: { total_tokens: 12 }, x_groq: { usage: { total_tokens: 9 } } }, 12],
  [{ usage: [12], x_groq: 'usage' }, null],
])('tokens are counted together, and wherever they stand: %j', async (more, tokens) => {
  const { ending } = await readChunks(chunk({ content: 'Yes' }, 'stop', more))
  expect(ending.tokensUsed).toBe(tokens)
})

import { expect, test } from 'vitest'

import type { ModelMessage } from '../../src/model/model.ts'
import { backgroundBody, bodyOf } from '../../src/model/openai-request.ts'
import type { Prompt } from '../../src/model/prompts.ts'
import type { Quirk } from '../../src/model/quirks.ts'

const settings = { model: 'm', maxOutputTokens: 99 }

const sent = (messages: ModelMessage[], to = 'other', quirks: Quirk[] = []) =>
  bodyOf({ messages, language: 'en' }, settings, to, new Set(quirks))

const call = (id: string, name = 'look') => ({
  id,
  type: 'function' as const,
  function: { name, arguments: '{}' },
})

const calling = (...ids: string[]): ModelMessage[] => [
  { role: 'user', content: 'Look' },
  { role: 'assistant', content: 'So', tool_calls: ids.map((id) => call(id)), sent: { from: 'us' } },
  ...ids.map((id): ModelMessage => ({ role: 'tool', content: id, tool_call_id: id })),
]

function idsIn({ messages }: { messages: object[] }) {
  const all = messages as { tool_calls?: { id: string }[]; tool_call_id?: string }[]
  return {
    calls: all.flatMap(({ tool_calls: calls = [] }) => calls.map(({ id }) => id)),
    results: all.flatMap(({ tool_call_id: id }) => id ?? []),
  }
}

test('a foreign id takes the form that every endpoint takes, the same for a call and its result', () => {
  const ids = ['fine-1', 'x'.repeat(41), 'fc:1', 'ñ', ' ', 'x'.repeat(41).replace('x', 'y')]
  const { calls, results } = idsIn(sent(calling(...ids)))
  expect(results).toEqual(calls)
  expect(calls[0]).toBe('fine-1')
  for (const id of calls) expect(id).toMatch(/^[\w-]{1,40}$/)
  expect(new Set(calls).size).toBe(ids.length)
  expect(idsIn(sent(calling(...ids)))).toEqual({ calls, results })
})

test('an id goes back to whom it came from as it came', () => {
  const ids = ['x'.repeat(4_572), 'fc:1']
  expect(idsIn(sent(calling(...ids), 'us'))).toEqual({ calls: ids, results: ids })
})

test('an id that comes again is another for who did not send it, and for who refuses it', () => {
  const twice = [...calling('call_0'), ...calling('call_0')]
  const idsFor = (to: string, quirks: Quirk[] = []) => idsIn(sent(twice, to, quirks))
  const both = ['call_0', expect.stringMatching(/^\w{9}$/)]
  expect(idsFor('us')).toEqual({ calls: ['call_0', 'call_0'], results: ['call_0', 'call_0'] })
  expect(idsFor('other')).toEqual({ calls: both, results: both })
  expect(idsFor('us', ['safe-ids'])).toEqual(idsFor('other'))
  expect(idsFor('us', ['short-ids']).results).toEqual(idsFor('us', ['short-ids']).calls)
})

test('ids of nine letters and digits are made of all others, if an endpoint takes no others', () => {
  const { calls, results } = idsIn(sent(calling('abcDEF123', 'call_1', 'x'), 'us', ['short-ids']))
  expect(calls[0]).toBe('abcDEF123')
  for (const id of calls) expect(id).toMatch(/^[a-zA-Z0-9]{9}$/)
  expect(results).toEqual(calls)
})

test('a name that the API refuses is sent as one that it takes, unless it is offered', () => {
  const messages: ModelMessage[] = [
    { role: 'user', content: 'Look' },
    { role: 'assistant', content: '', tool_calls: [call('a', 'web.run'), call('b', 'my.tool')] },
  ]
  const tool = { type: 'function' as const, function: { name: 'my.tool' } }
  const body = bodyOf({ messages, language: 'en', tools: [tool] }, settings, 'us', new Set())
  expect(JSON.stringify(body.messages)).toContain('"name":"web_run"')
  expect(JSON.stringify(body.messages)).toContain('"name":"my.tool"')
})

test('the bound and the count of tokens are sent as the endpoint takes them', () => {
  expect(sent([])).toMatchObject({ max_completion_tokens: 99, stream_options: {} })
  expect(sent([], 'us', ['max_tokens'])).toMatchObject({ max_tokens: 99 })
  const bare = sent([], 'us', ['max_tokens', 'no-max-tokens', 'no-stream-options'])
  expect(Object.keys(bare)).toEqual(['model', 'messages', 'stream'])
})

test('thoughts in the text go back in it, and nothing of them to who takes none', () => {
  const thought = { from: 'us', reasoning_field: 'content' as const, reasoning: 'I look.' }
  const messages: ModelMessage[] = [
    { role: 'assistant', content: 'So', tool_calls: [call('a')], sent: thought },
  ]
  const contentFor = (...more: [string, Quirk[]?]) => sent(messages, ...more).messages[0]?.content
  expect(contentFor('us')).toBe('<think>\nI look.\n</think>\n\nSo')
  expect(contentFor('other')).toBe('So')
  expect(contentFor('us', ['no-reasoning'])).toBe('So')
})

test('pictures and files become their names, and the system’s words the beginning of the first message', () => {
  const messages: ModelMessage[] = [
    { role: 'system', content: 'Be brief.' },
    {
      role: 'user',
      content: [
        { type: 'text', text: 'What is this?' },
        { type: 'image_url', image_url: { url: 'https://a.test/b/cat.png?x=1' } },
        { type: 'image_url', image_url: { url: 'data:image/png;base64,AA==' } },
        { type: 'file', file: { filename: 'a.pdf', file_data: 'data:x' } },
      ],
    },
  ]
  expect(sent(messages, 'us', ['no-images', 'no-files', 'no-system']).messages).toEqual([
    {
      role: 'user',
      content: 'Be brief.\n\nWhat is this?\n[image] cat.png\n[image]\n[file] a.pdf',
    },
  ])
  const [first] = sent(messages, 'us', ['no-system']).messages
  expect(first?.content).toMatchObject([{ text: 'Be brief.' }, { type: 'text' }, {}, {}, {}])
  const alone: ModelMessage[] = [{ role: 'system', content: 'Be brief.' }]
  expect(sent(alone, 'us', ['no-system']).messages).toEqual(alone)
})

test('nothing is blank for who takes nothing blank', () => {
  const messages: ModelMessage[] = [
    { role: 'user', content: 'Look' },
    { role: 'assistant', content: '', tool_calls: [call('a')] },
    { role: 'tool', content: ' ', tool_call_id: 'a' },
  ]
  const contents = (quirks: Quirk[]) =>
    sent(messages, 'us', quirks).messages.map(({ content }) => content)
  expect(contents([])).toEqual(['Look', '', ' '])
  expect(contents(['no-blanks'])).toEqual(['Look', null, '[Nothing.]'])
})

test('calls become text with all of their results, and ids stay what they are for others', () => {
  const both = [...calling('a', 'b'), { role: 'assistant', content: 'So.' } as const]
  expect(sent(both, 'us', ['no-tools']).messages).toEqual([
    { role: 'user', content: 'Look' },
    { role: 'assistant', content: 'So\n[look({})]\n[look({})]' },
    { role: 'user', content: '[look: a]\n[look: b]' },
    { role: 'assistant', content: 'So.' },
  ])
  // Of its own only those go back that came with what it wants: another would be refused for lack of it.
  for (const to of ['us', 'other']) {
    expect(sent(both, to, ['no-foreign-calls'])).toEqual(sent(both, 'us', ['no-tools']))
  }
  const signed = (more: object, from = { fields: {} }) =>
    both.map((message) =>
      'tool_calls' in message
        ? {
            ...message,
            sent: { from: 'us', ...from },
            tool_calls: [{ ...call('a'), ...more }, call('b')],
          }
        : message,
    ) as ModelMessage[]
  for (const one of [
    signed({ extra: { extra_content: { google: 1 } } }),
    signed({}, { fields: { thinking_blocks: [1] } }),
  ]) {
    expect(sent(one, 'us', ['no-foreign-calls'])).toEqual(sent(one, 'us'))
    expect(sent(one, 'other', ['no-foreign-calls'])).toEqual(sent(both, 'us', ['no-tools']))
  }
  const tools = [{ type: 'function' as const, function: { name: 'look' } }]
  const offered = (quirks: Quirk[]) =>
    bodyOf(
      { messages: both, language: 'en', tools, tool_choice: 'none' },
      settings,
      'us',
      new Set(quirks),
    )
  expect(offered(['no-bare-calls'])).toEqual(offered([]))
  expect(offered(['no-tool-choice'])).not.toHaveProperty('tools')
  expect(offered(['no-tools'])).not.toHaveProperty('tool_choice')
})

test('what is asked in the background knows what an endpoint does not take', () => {
  const prompt: Prompt = [
    { role: 'system', content: 'You name conversations.' },
    { role: 'user', content: '{}' },
  ]
  expect(backgroundBody('m', prompt, new Set())).toEqual({
    model: 'm',
    messages: prompt,
    max_completion_tokens: 8_000,
  })
  expect(backgroundBody('m', prompt, new Set(['no-system', 'only-stream', 'max_tokens']))).toEqual({
    model: 'm',
    messages: [{ role: 'user', content: 'You name conversations.\n\n{}' }],
    stream: true,
    max_tokens: 8_000,
  })
})

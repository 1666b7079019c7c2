import { expect, test } from 'vitest'

import { helps, quirkNames } from '../../src/model/quirks.ts'

const call = { id: 'a', type: 'function', function: { name: 'look', arguments: '{}' } }
/** A request that holds what this endpoint may refuse. */
const bodies = {
  bare: { messages: [{ role: 'user', content: 'hi' }], stream: true },
  bound: { max_completion_tokens: 9 },
  bound_before: { max_tokens: 9 },
  streamed: { stream_options: { include_usage: true } },
  system: { messages: [{ role: 'system', content: 'Be brief.' }] },
  tools: { tools: [{ function: { name: 'look' } }] },
  called: {
    messages: [
      { role: 'assistant', content: '', tool_calls: [call] },
      { role: 'tool', content: '', tool_call_id: 'a' },
    ],
    tools: [],
  },
  called_before: { messages: [{ role: 'assistant', content: 'So.', tool_calls: [call] }] },
  effort: { reasoning_effort: 'low' },
  form: { response_format: { type: 'json_object' } },
  choice: { tools: [], tool_choice: 'required' },
  parallel: { tools: [], parallel_tool_calls: true },
}

/** What is left out first. */
const helped = (body: keyof typeof bodies, said: string) =>
  quirkNames.find((quirk) =>
    helps(quirk, JSON.stringify({ ...bodies.bare, ...bodies[body] }), JSON.stringify(said)),
  )

test.each<[string, keyof typeof bodies, string[]]>([
  ['no-stream-options', 'streamed', ['stream options are not supported', '"includeUsage": no']],
  ['max_tokens', 'bound', ['Unsupported parameter(s): `max_completion_tokens`']],
  [
    'no-max-tokens',
    'bound',
    [
      'The maximum tokens you requested exceeds the model limit of 4096.',
      'too many tokens: max tokens must be less than or equal to 4096',
      'The maximum number of output tokens is 4096',
      'The output token limit is exceeded: 8000 > 4096',
    ],
  ],
  [
    'no-system',
    'system',
    [
      "'system' is not one of ['user', 'assistant'] - 'messages.0.role'",
      'unknown variant `system`, expected `user` or `assistant`',
      "Invalid value: 'system'. Supported values are: 'user', 'assistant'.",
      'A conversation must start with a user message.',
      'The first message must have the role user',
      '不支持 system 角色',
    ],
  ],
  [
    'no-tools',
    'tools',
    [
      'Unsupported parameter(s): `tools`',
      "litellm.UnsupportedParamsError: openai does not support parameters: ['tools'], for model=x",
      'tools: Extra inputs are not permitted',
      "Additional properties are not allowed ('tools' was unexpected)",
      'Unrecognized request arguments supplied: tools',
      '"tools" is not allowed',
      'The model does not support functions',
      'Tool use has not been enabled',
      'tools unsupported',
      '该模型不支持工具调用',
      '当前模型不支持 function call',
    ],
  ],
  [
    'no-tools',
    'called',
    [
      '{"loc":["body","messages",2,"role"],"msg":"Input should be \'user\'","input":"tool"}',
      "'tool' is not one of ['system', 'assistant', 'user', 'function'] - 'messages.2.role'",
      'unknown variant `tool`, expected one of `system`, `user`, `assistant`',
      "messages.2.role: Input should be 'user' or 'assistant'",
      "['body', 'messages', 2, 'role']: Input should be 'system', 'user' or 'assistant'",
      'After the (optional) system message(s), user and assistant roles should be alternating.',
      "Value of '/messages/2/role' not in enum",
      'Invalid role in the chat message: tool',
      'Value is not callable: null at row 1, column 72',
    ],
  ],
  [
    'no-stream',
    'bare',
    [
      'Your organization must be verified to stream this model.',
      'Streaming is not supported by this deployment',
      "'stream' is unsupported",
      'This model does not support streaming',
    ],
  ],
  [
    'no-stream-with-tools',
    'tools',
    [
      "This model doesn't support tool use in streaming mode.",
      'Streaming is not available with tools',
    ],
  ],
  [
    'no-effort-with-tools',
    'tools',
    [
      'Function tools with reasoning_effort are not supported for gpt-5.6. Use /v1/responses instead',
      "To use function tools, set reasoning_effort to 'none'.",
    ],
  ],
  [
    'no-bare-calls',
    'called_before',
    [
      'Requests which include `tool_use` or `tool_result` blocks must define `tools`',
      'tools must be provided when messages contain tool calls',
    ],
  ],
  [
    'no-blanks',
    'called',
    [
      'messages.1.content is required',
      'Invalid content: empty string',
      'text content blocks must contain non-whitespace text',
      'messages[1].content: String should have at least 1 character',
      'messages 中 content 不能为空',
    ],
  ],
  [
    'no-effort',
    'effort',
    [
      '"llama3.2" does not support thinking',
      "Unsupported parameter: 'reasoning.effort' is not supported with this model.",
      'Thinking level is not supported for this model.',
      'invalid think value: "minimal"',
    ],
  ],
  [
    'no-format',
    'form',
    [
      'Structured outputs are not supported',
      'JSON mode is not supported',
      "Function calling with a response mime type: 'application/json' is unsupported",
    ],
  ],
  ['no-tool-choice', 'choice', ['tool choice is not supported', 'toolChoice: unknown']],
  ['no-parallel', 'parallel', ['This model only supports single tool-calls at once!']],
])('%s is what helps against such words', (quirk, body, sentences) => {
  expect(sentences.map((said) => [said, helped(body, said)])).toEqual(
    sentences.map((said) => [said, quirk]),
  )
})

test.each([
  'The model `gpt-9` does not exist',
  'This model is overloaded',
  'Your prompt was flagged by our safety system',
  'context window exceeded: 9000 > 8192',
])('nothing that was sent is to blame for %j', (said) => {
  const body = { ...bodies.bare, ...bodies.tools, ...bodies.system, ...bodies.streamed }
  const found = quirkNames.filter((quirk) => helps(quirk, JSON.stringify(body), said))
  expect(found).toEqual([])
})

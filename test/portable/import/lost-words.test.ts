import { expect, test } from 'vitest'

import { as } from '../../support/api.ts'
import { importing, importingOne, lineOf } from '../../support/importing.ts'
import * as chatgpt from '../samples/chatgpt.ts'
import * as claude from '../samples/claude.ts'
import * as deepseek from '../samples/deepseek.ts'
import * as grok from '../samples/grok.ts'
import * as leChat from '../samples/le-chat.ts'
import * as libre from '../samples/librechat.ts'
import * as openWebUi from '../samples/open-webui.ts'

const ann = await as.user()
const words = 'Where does the river end?'
const odd = { lines: [{ body: words }] }
const byId = (id: string, ...messages: object[]) => ({ id, messages })

const files: [string, unknown][] = [
  [
    'a content of ChatGPT’s',
    [
      chatgpt.conversation('c', [
        chatgpt.node('q'),
        chatgpt.node('a', { content: { content_type: 'text', ...odd } }),
      ]),
    ],
  ],
  [
    'a node of ChatGPT’s',
    [
      chatgpt.conversation('c2', [
        chatgpt.node('q'),
        { ...chatgpt.node('a', { message: null }), ...odd },
      ]),
    ],
  ],
  [
    'a block of Claude’s',
    [
      claude.conversation([
        claude.message('q', [claude.says('q')]),
        claude.message('a', [{ type: 'text', ...odd }]),
      ]),
    ],
  ],
  [
    'a content of Open WebUI’s',
    [
      openWebUi.row(
        openWebUi.chat(
          [
            openWebUi.message('q', null),
            openWebUi.message('a', 'q', { role: 'assistant', content: odd }),
          ],
          'a',
        ),
      ),
    ],
  ],
  [
    'a part of LibreChat’s',
    libre.conversation({
      messages: [
        libre.message('q'),
        libre.answer('a', { text: '', content: [{ type: 'text', ...odd }] }),
      ],
    }),
  ],
  [
    'a fragment of DeepSeek’s',
    [
      deepseek.conversation([
        deepseek.node('1', 'root', [deepseek.fragment('REQUEST', 'q')]),
        deepseek.node('2', '1', [{ type: 'RESPONSE', ...odd }]),
      ]),
    ],
  ],
  [
    'a response of Grok’s',
    grok.file(
      grok.conversation([
        grok.response('1', 'human', 'q'),
        grok.response('2', 'assistant', '', odd),
      ]),
    ),
  ],
  [
    'a turn of Gemini’s',
    { conversation_turns: [{ user_turn: { prompt: 'q' } }, { system_turn: odd }] },
  ],
  [
    'an answer of Gemini’s',
    [{ header: 'Gemini Apps', title: 'Prompted q', time: '2025-01-01T00:00:00Z', ...odd }],
  ],
  [
    'a chunk of Le Chat’s',
    [
      leChat.message('q', 'user', 'q'),
      leChat.message('a', 'assistant', '', { contentChunks: [{ type: 'text', ...odd }] }),
    ],
  ],
  [
    'a chat of TypingMind’s',
    [
      {
        chatID: 't',
        ...byId('t', { role: 'user', content: 'q' }, { role: 'assistant', content: odd }),
      },
    ],
  ],
  [
    'a message',
    [byId('g', { role: 'user', content: 'q' }, { role: 'assistant', content: '', ...odd })],
  ],
  [
    'a part of a message',
    [
      byId(
        'p',
        { role: 'user', content: 'q' },
        { role: 'assistant', content: [{ type: 'text', ...odd }] },
      ),
    ],
  ],
  [
    'a turn of a data set',
    [
      {
        id: 's',
        conversations: [
          { from: 'human', value: 'q' },
          { from: 'gpt', value: odd },
        ],
      },
    ],
  ],
]

test.each(files)(
  'words of %s that are in a field that is not known are told beside others',
  async (_, file) => {
    const { imported, failed, warnings } = await importing(await as.user(), file)
    expect([imported, failed, warnings]).toEqual([1, 0, [expect.stringContaining('not shown')]])
  },
)

test('a chunk of Le Chat’s that does not say its kind is text; who DeepSeek does not name answers', async () => {
  const chunk = { contentChunks: [{ text: 'So.' }] }
  const chat = [leChat.message('q', 'user', 'q'), leChat.message('a', 'assistant', '', chunk)]
  expect((await importingOne(ann, chat)).messages.map(lineOf)).toEqual([
    'user: q',
    'assistant: So.',
  ])
  const nodes = ['1', '2'].map((id) =>
    deepseek.node(id, id === '1' ? 'root' : '1', [deepseek.fragment('TALK', `t${id}`)]),
  )
  const { messages } = await importingOne(ann, [deepseek.conversation(nodes)])
  expect(messages.map(lineOf)).toEqual(['user: t1', 'assistant: t2'])
})

test('a page that DeepSeek opened is a source of its answer, beside those that it found', async () => {
  const [found, opened] = ['a', 'b'].map((name) => ({ url: `https://${name}.test/`, title: name }))
  const { messages } = await importingOne(ann, [
    deepseek.conversation([
      deepseek.node('1', 'root', [deepseek.fragment('REQUEST', 'q')]),
      deepseek.node('2', '1', [
        { type: 'TOOL_OPEN', result: opened },
        { type: 'TOOL_SEARCH', results: [found] },
        deepseek.fragment('RESPONSE', 'So [citation:1].'),
      ]),
    ]),
  ])
  expect(messages[1]?.content).toBe('So ([a](https://a.test/)).')
  expect(messages[1]?.parts).toMatchObject([{}, { url: found?.url }, { url: opened?.url }])
})

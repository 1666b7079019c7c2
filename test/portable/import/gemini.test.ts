import { expect, test } from 'vitest'

import { textOfHtml } from '../../../src/portable/import/programs/html-text.ts'
import { as } from '../../support/api.ts'
import { importedAs, importing, importingOne, lineOf } from '../../support/importing.ts'
import { activity } from '../samples/gemini.ts'

const ann = await as.user()

test('takes in each activity as one turn, and leaves out those in which nobody said anything', async () => {
  const all = [
    activity('Prompted  Why?\n', '<p>Because <b>so</b>.</p>', '<p>Also.</p>'),
    activity('Prompted with: a'),
    activity('Asked Bard: b', ''),
    activity('¿Por qué?', '<p>Porque sí.</p>'),
    activity('Created a canvas', '<p>Here.</p>'),
    activity('Used Gemini Apps'),
    activity('Gave feedback: Good response'),
    { ...activity('Searched for x'), header: 'Search', products: ['Search'] },
  ]
  const answer = await importing(ann, all)
  expect(answer).toMatchObject({
    source: 'gemini',
    imported: 5,
    failed: 1,
    warnings: ['2 activities are left out: nobody said anything there.'],
  })
  const [first] = all
  const made = await Promise.all(answer.conversations.map(({ id }) => importedAs(ann, id)))
  expect(made.map(({ messages }) => messages.map(lineOf))).toEqual([
    ['user:  Why?\n', 'assistant: Because **so**.\n\nAlso.'],
    ['user: a'],
    ['user: b'],
    ['user: ¿Por qué?', 'assistant: Porque sí.'],
    ['user: Created a canvas', 'assistant: Here.'],
  ])
  expect(made[0]).toMatchObject({
    conversation: { title: null, created_at: first?.time },
    messages: [{}, { extra: { gemini: { html: ['<p>Because <b>so</b>.</p>', '<p>Also.</p>'] } } }],
    extra: { fields: { subtitles: [{ name: 'x' }] } },
  })
  expect(await importing(ann, all)).toMatchObject({ imported: 0, unchanged: 5 })
  expect(await importing(ann, [first, activity('Used Canvas')])).toMatchObject({
    warnings: ['1 activity is left out: nobody said anything there.'],
  })
})

test('takes in conversations with their turns', async () => {
  const asked = (prompt: string, more: object = {}) => ({
    user_turn: { prompt, turn_index: 0, turn_last_modified: '2025-01-02T03:04:06Z', ...more },
  })
  const {
    conversation: made,
    messages,
    extra,
  } = await importingOne(ann, {
    title: 'A trip',
    creation_time: '2025-01-02T03:04:05.678Z',
    last_modification_time: '2025-01-02T03:05:00Z',
    place: 'work',
    conversation_turns: [
      asked(' Why?\n'),
      {
        system_turn: {
          text: [{ data: 'Because.' }, { cards: [{ content: 'A card.' }] }],
          model_thoughts: [{ headline: 'Hm', description: 'So' }],
          model: 'x',
        },
      },
      { ...asked('Draw'), system_turn: { text: [], images: ['conversation_1_turn_3_images_0'] } },
      asked('', { turn_deleted_time: '2025-01-02T03:06:00Z' }),
      {},
    ],
  })
  expect(made).toMatchObject({
    title: 'A trip',
    created_at: '2025-01-02T03:04:05.678Z',
    updated_at: '2025-01-02T03:05:00.000Z',
  })
  expect(messages.map(lineOf)).toEqual([
    'user:  Why?\n',
    'assistant: Because.\n\nA card.',
    'user: Draw',
    'assistant: [image]',
  ])
  expect(extra).toMatchObject({
    fields: { place: 'work' },
    reasoning: { 'turn-2': [{ text: 'Hm\n\nSo' }] },
    messages: { 'turn-2': { model: 'x' }, 'turn-4': { images: [expect.any(String)] } },
    hidden: [{ turn_deleted_time: '2025-01-02T03:06:00Z' }],
  })
  const answered = { system_turn: { text: [{ data: 'a' }] } }
  const bare = { id: crypto.randomUUID(), conversation_turns: [asked('q')] }
  expect(await importing(ann, [bare, { conversation_turns: [answered] }])).toMatchObject({
    imported: 2,
  })
})

test.each([
  ['<p>a\n  b</p>\n<p>c<br>d</p><hr><p>e</p>', 'a b\n\nc\nd\n\n---\n\ne'],
  [
    '<h2>Title</h2><p>x &amp; y &lt;z&gt; &#39;q&#39; &#x1F9ED;&nbsp;&foo; &#x110000;</p>',
    "## Title\n\nx & y <z> 'q' 🧭 &foo; &#x110000;",
  ],
  ['<b>a</b> <em>b</em> <code>c</code> <del>d</del>', '**a** *b* `c` ~~d~~'],
  [
    '<ul>\n<li>a</li>\n<li><p>b</p>\n<ol><li>c</li><li>d</li></ol></li></ul><p>e</p>',
    '- a\n- b\n\n   1. c\n   2. d\n\ne',
  ],
  [
    '<p>x</p><pre><code class="language-js">if (a &lt; b) {\n\n  c()\n}\n</code></pre><p>y</p>',
    'x\n\n```js\nif (a < b) {\n\n  c()\n}\n```\n\ny',
  ],
  ['<pre>a <span>b</span></pre>', '```\na b\n```'],
  [
    '<a href="https://x.test/?a=1&amp;b=2">x</a> <a>y</a></a> <img alt="z" src="i.png">',
    '[x](https://x.test/?a=1&b=2) y ![z](i.png)',
  ],
  [
    '<table><thead><tr><th>a</th><th>b</th></tr></thead><tbody><tr><td>1</td><td>2</td></tr></tbody></table>',
    '| a | b |\n|---|---|\n| 1 | 2 |',
  ],
  [
    '<table><tr><td>one<br>two</td><td>a|b<p>c</p></td></tr><tr><td><ul><li>d</li><li>e</li></ul></td></tr></table><p>f</p>',
    '| one<br>two | a\\|b c  |\n|  <br>• d<br>• e  |\n\nf',
  ],
  ['<pre><code>a<br>b</code></pre>', '```\na\nb\n```'],
  ['&Uuml;ber caf&eacute; &szlig; &nbsp;&copy;', 'Über café ß ©'],
  ['<blockquote><p>q</p></blockquote><p>r</p>', '> q\n\nr'],
  ['a<!-- b --><script>c</script><style>d</style>e <3 < f', 'ae <3 < f'],
  ['<li>a</li>', '- a'],
  ['<ol start="3"><li>a</li><li>b</li></ol>', '3. a\n4. b'],
  ['a &ndash; b &bull; 2 &times; 3', 'a – b • 2 × 3'],
])('makes Markdown of %s', (html, text) => {
  expect(textOfHtml(html)).toBe(text)
})

test('takes verbs and notes of files from a prompt, and finds one where older files have it', async () => {
  const dot = { ...activity('Prompted See Attached 1 file.'), subtitles: [{ name: '-  dot.png' }] }
  const pdf = { ...activity('Prompted '), subtitles: [], attachedFiles: ['a.pdf', 'a.pdf'] }
  const details = [
    { name: 'Request', value: 'Old?' },
    { name: 'Response', value: 'Old.' },
  ]
  const answer = await importing(ann, [
    activity('Branched What now', '<p>X</p>'),
    activity('Answered yes'),
    activity('Eingegebener Prompt: Wie spät?', '<p>Spät&hellip;</p>'),
    dot,
    { ...pdf, imageFile: 'b.png' },
    activity('Prompted What is Attached 1 file.'),
    { ...activity('Used Gemini Apps'), details },
    { ...activity('Used Gemini Apps'), details: [{ name: 'Response' }] },
  ])
  const made = await Promise.all(answer.conversations.map(({ id }) => importedAs(ann, id)))
  expect(made.map(({ messages }) => messages.map(lineOf))).toEqual([
    ['user: What now', 'assistant: X'],
    ['user: yes'],
    ['user: Wie spät?', 'assistant: Spät…'],
    ['user: See'],
    ['user: [a.pdf]'],
    ['user: What is Attached 1 file.'],
    ['user: Old?', 'assistant: Old.'],
  ])
  expect(made[3]?.messages[0]?.parts).toMatchObject([{}, { file: { filename: 'dot.png' } }])
  expect(answer.conversations[2]?.source_id).toContain('Eingegebener')
})

test('takes the prompt out of the words of other languages, and shows none that is none', async () => {
  const ben = await as.user()
  const { conversations } = await importing(ben, [
    { ...activity('送信したメッセージ: 天気は', '<p>a</p>'), header: 'Gemini アプリ' },
    activity('Eingegebener Prompt: Wie', '<p>b</p>'),
    activity('Prompted', '<p>c</p>'),
    activity('Prompt\u00A0: Quoi', '<p>d</p>'),
    activity('Live Prompt What', '<p>e</p>'),
    { ...activity('Запит: Де', '<p>f</p>'), header: 'Додатки Gemini', products: undefined },
    activity('Prompted Prompt: a cat', '<p>g</p>'),
    activity('Prompted Answered the phone', '<p>h</p>'),
  ])
  const all = await Promise.all(conversations.map(({ id }) => importedAs(ben, id)))
  expect(all.map(({ messages }) => messages.map(({ content }) => content))).toEqual([
    ['天気は', 'a'],
    ['Wie', 'b'],
    ['c'],
    ['Quoi', 'd'],
    ['What', 'e'],
    ['Де', 'f'],
    // What a person typed stays.
    ['Prompt: a cat', 'g'],
    ['Answered the phone', 'h'],
  ])
})

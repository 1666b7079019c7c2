/** The file of Open WebUI: rows of its database, times in seconds, each chat a tree and its current line. */
export const message = (id: string, parentId: string | null, more: object = {}) => ({
  id,
  parentId,
  childrenIds: [] as string[],
  role: 'user',
  content: id,
  timestamp: 1_700_000_000,
  models: ['llama3:8b'],
  ...more,
})

type Message = ReturnType<typeof message>

export const chat = (messages: Message[], currentId: string | null, more: object = {}) => ({
  id: '',
  title: 'A trip',
  models: ['llama3:8b'],
  params: {},
  history: { messages: Object.fromEntries(messages.map((one) => [one.id, one])), currentId },
  messages,
  tags: [],
  timestamp: 1_700_000_000_123,
  files: [],
  ...more,
})

export const row = (inner: object, more: object = {}) => ({
  id: crypto.randomUUID(),
  user_id: 'somebody',
  title: 'A trip',
  chat: inner,
  updated_at: 1_700_000_600,
  created_at: 1_700_000_000,
  share_id: null,
  archived: false,
  pinned: false,
  meta: {},
  folder_id: null,
  ...more,
})

const escaped = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#x27;')

/** What an answer folds away, as Open WebUI writes it: its attributes, and its body if that is text, escaped. */
export const fold = (
  type: string,
  attributes: Record<string, string>,
  body: string,
  summary = 'Done',
): string => {
  const written = Object.entries(attributes).map(([name, value]) => ` ${name}="${escaped(value)}"`)
  return `<details type="${type}" done="true"${written.join('')}>\n<summary>${summary}</summary>\n${body}\n</details>`
}

export const folds = {
  thought: (text: string) =>
    fold('reasoning', { duration: '2' }, escaped(text.replaceAll(/^/gm, '> '))),
  /** Versions differ in where the result stands. */
  call: (id: string, name: string, input: unknown, result: unknown, isInBody = true) =>
    fold(
      'tool_calls',
      {
        id,
        name,
        arguments: JSON.stringify(JSON.stringify(input)),
        ...(!isInBody && { result: JSON.stringify(result) }),
        files: '',
        embeds: '""',
      },
      isInBody ? escaped(JSON.stringify(result)) : '',
    ),
}

/** What an answer consists of, as newer versions list it beside its text. */
export const items = {
  said: (text: string) => ({ type: 'message', content: [{ type: 'output_text', text }] }),
  call: (id: string, name: string, given: object) => ({
    type: 'function_call',
    id,
    call_id: id,
    name,
    arguments: JSON.stringify(given),
    status: 'completed',
  }),
  result: (id: string, text: string) => ({
    type: 'function_call_output',
    call_id: id,
    output: [{ type: 'input_text', text }],
  }),
}

/** A question, and an answer of these fields. */
export const answered = (more: object) =>
  row(
    chat(
      [
        message('q', null, { content: 'Prices?' }),
        message('a', 'q', { role: 'assistant', model: 'm-1', done: true, content: '', ...more }),
      ],
      'a',
    ),
  )

/** The file of a Claude export: ISO times with microseconds, blocks of content, a root that is all zeros. */
export const ROOT = '00000000-0000-4000-8000-000000000000'

export const says = (text: string) => ({
  start_timestamp: '2026-03-29T07:06:37.514645Z',
  stop_timestamp: '2026-03-29T07:06:37.676643Z',
  flags: null,
  type: 'text',
  text,
  citations: [],
})

export const message = (uuid: string, content: object[], more: object = {}) => ({
  uuid,
  text: '',
  content,
  sender: 'human',
  created_at: '2026-03-29T07:06:35.552627Z',
  updated_at: '2026-03-29T07:06:35.552627Z',
  attachments: [] as object[],
  files: [] as object[],
  ...more,
})

type Message = ReturnType<typeof message> & { parent_message_uuid?: string }

export const conversation = (messages: Message[], more: object = {}) => ({
  uuid: crypto.randomUUID(),
  name: 'A trip',
  summary: '',
  created_at: '2026-03-29T07:06:34.084721Z',
  updated_at: '2026-03-29T12:59:41.658730Z',
  account: { uuid: 'c1a9a5f8-a09c-42e7-8de7-ad0174488170' },
  chat_messages: messages,
  ...more,
})

/** The same, each message naming the one before it. */
export const chained = (...messages: Message[]): Message[] =>
  messages.map((one, index) => ({
    ...one,
    parent_message_uuid: one.parent_message_uuid ?? messages[index - 1]?.uuid ?? ROOT,
  }))

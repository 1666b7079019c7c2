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

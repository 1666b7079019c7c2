/** The file of one conversation of LibreChat; its first message answers one that is all zeros. */
export const NO_PARENT = '00000000-0000-0000-0000-000000000000'

export const message = (messageId: string, more: object = {}) => ({
  messageId,
  parentMessageId: NO_PARENT as string | undefined,
  conversationId: 'c',
  sender: 'User',
  text: messageId,
  isCreatedByUser: true,
  error: false,
  unfinished: false,
  model: null as string | null,
  createdAt: '2025-01-02T03:04:05.678Z' as unknown,
  ...more,
})

export const answer = (messageId: string, more: object = {}) =>
  message(messageId, { sender: 'GPT-5', isCreatedByUser: false, model: 'gpt-5', ...more })

export const conversation = (more: object) => ({
  conversationId: crypto.randomUUID(),
  endpoint: 'openAI',
  title: 'A trip',
  exportAt: '12:00:00 GMT+0000',
  branches: true,
  recursive: false,
  ...more,
})

/** The file of a TypingMind export: the chats stand among the program's other data. */
export const chat = (messages: object[]) => ({
  id: crypto.randomUUID(),
  chatID: crypto.randomUUID() as string | undefined,
  chatTitle: 'A trip',
  createdAt: '2025-01-02T03:04:05Z',
  updatedAt: '2025-01-02T03:05:00Z',
  model: 'small',
  folderID: 'f',
  messages,
})

export const file = (...chats: object[]) => ({
  data: { folders: [{ id: 'f', chats: 1 }], chats, userPrompts: [] },
  checksum: 'x',
})

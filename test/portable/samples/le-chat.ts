/** The file of one chat of Le Chat: a list of messages, not always in their order. */
export const message = (id: string, role: string, content: string, more: object = {}) => ({
  id,
  version: 0,
  chatId: 'c1',
  content,
  contentChunks: null as object[] | null,
  role,
  createdAt: '2025-01-02T03:04:05.678Z',
  reaction: 'neutral',
  canvas: [],
  quotes: [],
  files: [] as object[],
  ...more,
})

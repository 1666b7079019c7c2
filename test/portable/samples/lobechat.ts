/** Backups of LobeChat have all messages in one list; each names its topic and its session. */
export const message = (id: string, role: string, content: string, more: object = {}) => ({
  id,
  role,
  content,
  sessionId: 's' as string | null,
  topicId: null as string | null,
  parentId: null as string | null,
  createdAt: 1_735_787_045_678 as unknown,
  updatedAt: 1_735_787_045_678 as unknown,
  ...more,
})

export const lists = (messages: object[]) => ({
  messages,
  sessions: [{ id: 's', type: 'agent', meta: { title: 'Guide' }, config: { model: 'm' } }],
  topics: [
    { id: 't', title: 'A trip', sessionId: 's', favorite: true, createdAt: 1_735_787_045_000 },
  ],
})

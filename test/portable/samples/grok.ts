/** The file of a Grok export: conversations and responses are wrapped; times are those of MongoDB. */
export const response = (_id: string, sender: string, message: string, more: object = {}) => ({
  response: {
    _id,
    conversation_id: 'c',
    sender,
    message,
    create_time: { $date: { $numberLong: '1735787045678' } },
    model: 'grok-4',
    ...more,
  },
  share_link: null as object | null,
})

export const conversation = (responses: object[], more: object = {}) => ({
  conversation: {
    id: crypto.randomUUID(),
    title: 'A trip',
    create_time: '2025-01-02T03:04:05.678901Z',
    modify_time: '2025-01-02T03:05:00Z',
    starred: true,
    ...more,
  },
  responses,
})

export const file = (...conversations: object[]) => ({
  conversations,
  projects: [],
  tasks: [],
  media_posts: [{ id: 'p', original_prompt: 'A cat', media_type: 'image' }],
})

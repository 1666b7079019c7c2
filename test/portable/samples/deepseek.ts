/** The file of a DeepSeek export: a tree whose messages are made of fragments. */
export const fragment = (type: string, content: string, more: object = {}) => ({
  type,
  content,
  ...more,
})

export const node = (id: string, parent: string, fragments: object[], more: object = {}) => ({
  id,
  parent,
  children: [] as string[],
  message: {
    files: [] as object[],
    model: 'deepseek-reasoner',
    inserted_at: `2025-02-01T10:00:0${id}.123000+08:00`,
    fragments,
    ...more,
  },
})

export const conversation = (nodes: ReturnType<typeof node>[], more: object = {}) => ({
  id: crypto.randomUUID(),
  title: 'A trip',
  inserted_at: '2025-02-01T10:00:00.000000+08:00',
  updated_at: '2025-02-01T10:05:00.000000+08:00',
  mapping: {
    root: { id: 'root', parent: null, children: ['1'], message: null },
    ...Object.fromEntries(nodes.map((one) => [`${one.id}`, one])),
  },
  ...more,
})

/** A message of a request, as it reaches an endpoint. */
export interface SentMessage {
  role: string
  content?: unknown
  tool_call_id?: string
  tool_calls?: { id: string; function: { name: string; arguments: string } }[]
}

export interface SentBody {
  messages: SentMessage[]
  tools?: { function: { name: string } }[]
}

/**
 * Why a strict endpoint refuses a request: the union of what endpoints and the templates of models are reported to ask
 * for. Null if it has nothing to say.
 */
export function refusalOf({ messages, tools = [] }: SentBody): string | null {
  const offered = tools.map((tool) => tool.function.name)
  const [first, ...rest] = messages
  const spoken = first?.role === 'system' ? rest : messages
  if (spoken.length === 0) return 'nobody says anything'
  let turn: 'user' | 'model' | 'results' = 'user'
  let waiting: string[] = []
  for (const message of messages) {
    const why = badFields(message, offered)
    if (why !== null) return why
  }
  for (const { role, tool_calls: calls, tool_call_id: id } of spoken) {
    if (role === 'system') return 'a system message that is not the first'
    if (role === 'tool') {
      if (turn !== 'results' || !waiting.includes(id ?? '')) return 'a result without its call'
      waiting = waiting.filter((one) => one !== id)
    } else if (turn === 'results' && waiting.length > 0) {
      return 'a call without all of its results right behind it'
    } else if (role === 'user') {
      if (turn !== 'user') return 'a person who speaks when it is the model’s turn'
      turn = 'model'
    } else {
      if (turn === 'user') return 'a model that speaks when it is the person’s turn'
      waiting = calls?.map((call) => call.id) ?? []
      turn = calls ? 'results' : 'user'
    }
  }
  if (waiting.length > 0) return 'a call without all of its results right behind it'
  return turn === 'user' ? 'nothing to answer' : null
}

const isBlank = (text: unknown): boolean => typeof text === 'string' && text.trim() === ''

function badFields({ role, content, tool_calls: calls }: SentMessage, offered: string[]) {
  if (role !== 'user' && typeof content !== 'string') return `a list of parts of the role ${role}`
  if (role !== 'tool' && !calls && isBlank(content)) return `a blank text of the role ${role}`
  if (Array.isArray(content)) {
    if (content.length === 0) return 'no parts'
    if (content.every((part: { type: string }) => part.type === 'text')) return 'a list of texts'
    if (content.some((part: { text?: string }) => isBlank(part.text))) return 'a blank part'
  }
  if (calls?.length === 0) return 'no calls'
  if (new Set(calls?.map(({ id }) => id)).size !== (calls?.length ?? 0))
    return 'two calls of one id'
  for (const { function: called } of calls ?? []) {
    const isName = /^[\w-]{1,64}$/.test(called.name) || offered.includes(called.name)
    if (!isName) return 'a call without a name that is one'
    if (!isJsonObject(called.arguments)) return 'arguments that are no JSON object'
  }
  return null
}

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
  } catch {
    return false
  }
}

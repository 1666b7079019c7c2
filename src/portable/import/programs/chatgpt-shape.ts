import { type Fields, areMessages, fieldsOf, isFields, listOf, rest } from '../values.ts'

const isMessage = ({ author, content }: Fields): boolean => isFields(author) && isFields(content)

/** A node of a tree, whose words are in its message. */
export const isNode = (node: unknown): boolean =>
  isFields(node) && rest(node, isFields(node['message']) ? ['message', ...links] : links) === null

const links = ['id', 'parent', 'children']

/** A tree whose messages have an author and a content. One that holds nothing may come without its tree. */
export function isChatGpt(value: Fields): boolean {
  const { mapping } = value
  if (isFields(mapping)) {
    const nodes = Object.values(mapping)
    const messages = nodes.flatMap((node) => fieldsOf(node)['message'] ?? [])
    if (messages.length === 0) return nodes.every(isNode)
    return areMessages(nodes, isFields) && areMessages(messages, isMessage)
  }
  const isNamed = 'title' in value && ('current_node' in value || 'conversation_id' in value)
  const isShell = (mapping ?? null) === null && !('messages' in value) && 'create_time' in value
  return isShell && isNamed && !Object.values(value).some(holdsMore)
}

/** Whether a field may hold the words of a program that is not known. */
const holdsMore = (value: unknown): boolean =>
  listOf(isFields(value) ? Object.values(value) : value).some(
    (one) => Array.isArray(one) || isFields(one),
  )

import { type Fields, areMessages, fieldsOf, isFields } from '../values.ts'

const isMessage = ({ author, content }: Fields): boolean => isFields(author) && isFields(content)

/** A tree whose messages have an author and a content. One that holds nothing may come without its tree. */
export function isChatGpt(value: Fields): boolean {
  const { mapping } = value
  if (isFields(mapping)) {
    const nodes = Object.values(mapping)
    const messages = nodes.flatMap((node) => fieldsOf(node)['message'] ?? [])
    return areMessages(nodes, isFields) && areMessages(messages, isMessage)
  }
  const isShell = (mapping ?? null) === null && !('messages' in value) && 'create_time' in value
  return isShell && ('current_node' in value || 'conversation_id' in value)
}

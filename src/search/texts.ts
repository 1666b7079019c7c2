import type { Role } from '../contract/message.ts'
import { type KnownPart, isKnownPart, reasoningOf } from '../contract/part.ts'
import type { MessageRow } from '../storage/tables.ts'

/** What is searched, each a column of the index: the titles, what each role says, thoughts, and the calls of tools. */
export const columns = [
  'title',
  'user',
  'assistant',
  'reasoning',
  'calls',
  'results',
  'system',
] as const
export type Column = (typeof columns)[number]

/** The texts of a title or a message, by column; what is not there is not searched. */
export type Texts = Partial<Record<Column, string>>

/** What is not found unless it is asked for. */
export const NOISE = ['tools', 'system', 'reasoning'] as const
export type Noise = (typeof NOISE)[number]

const columnOf: Record<Role, Column> = {
  user: 'user',
  assistant: 'assistant',
  tool: 'results',
  system: 'system',
}

/** Where to look. Without a role: in titles, and in what people and models say to each other. */
export function columnsFor(role: Role | undefined, more: readonly Noise[]): Column[] {
  const extra = new Set<Column>()
  if (more.includes('reasoning')) extra.add('reasoning')
  if (more.includes('tools')) extra.add('calls')
  if (role === 'assistant') return ['assistant', ...extra]
  if (role !== undefined) return [columnOf[role]]
  if (more.includes('tools')) extra.add('results')
  if (more.includes('system')) extra.add('system')
  return ['title', 'user', 'assistant', ...extra]
}

/** Names of files by their ids. */
export type Names = ReadonlyMap<string, string>

/** The name of the file that a part is: the one that its message says, or else the one that it was uploaded with. */
function nameIn(part: KnownPart, names: Names): string | undefined {
  if (part.type === 'image_url') return names.get(part.image_url.file_id ?? '')
  return part.type === 'file'
    ? (part.file.filename ?? names.get(part.file.file_id ?? ''))
    : undefined
}

/** What there is to find in a message. */
export function textsOf(
  row: Pick<MessageRow, 'role' | 'content' | 'parts' | 'toolCalls'>,
  files: Names,
): Texts {
  const names = (row.parts ?? []).filter(isKnownPart).flatMap((part) => nameIn(part, files) ?? [])
  const calls = (row.toolCalls ?? []).map(
    ({ function: { name, arguments: given } }) => `${name} ${given}`,
  )
  const texts: Texts = {
    [columnOf[row.role]]: [row.content, ...names].filter((text) => text !== '').join('\n'),
    reasoning: reasoningOf(row.parts),
    calls: calls.join('\n'),
  }
  return Object.fromEntries(Object.entries(texts).filter(([, text]) => text.trim() !== ''))
}

import type { ZodType } from 'zod'

import { isDeeper } from '../../contract/depth.ts'
import type { ImportedMessage } from '../../contract/import.ts'
import { CALL_ID_LENGTH, CONTENT_BYTES, JSON_DEPTH } from '../../contract/limits.ts'
import { NewMessage, NewMessageId, type Role, mayHave, toDraft } from '../../contract/message.ts'
import { firstBytes, isKeepable, isLongerThan, madeKeepable } from '../../contract/text.ts'
import type { Found, FoundMessage } from './found.ts'
import type { Holding } from './holding.ts'
import type { Originals } from './originals.ts'
import { type Fields, fieldsOf, isFields, listOf } from './values.ts'

interface SettledMessages {
  messages: ImportedMessage[]
  /** What a message can not hold, by its id. */
  beside: Record<string, unknown>
  /** What had to be cut or left out, in words. */
  mended: string[]
}

/** What a message shows that can not be kept as one. */
const UNSHOWN = '[…]'

/** A conversation's messages as they can be kept, each with an id of its own. */
export function settleMessages(
  { source, messages }: Pick<Found, 'source' | 'messages'>,
  startedAt: number,
  now: number,
  originals: Originals,
  holding: Holding | null,
): SettledMessages {
  const settled: ImportedMessage[] = []
  const beside = new Map<string, object>()
  const ids = new Set<string>()
  const mended: string[] = []
  let lastAt = startedAt
  for (const [index, found] of messages.entries()) {
    const id = idFor(found.id, index + 1, ids)
    const at = `messages/${id}`
    if (id !== found.id) originals.note(`${at}/id`, found.id)
    ids.add(id)
    const message = messageOf(source, found, at, originals)
    let content =
      message.content === '' && source !== 'hilo' ? (found.placeholder ?? '') : message.content
    if (isLongerThan(CONTENT_BYTES, content)) {
      const cut = `${firstBytes(content, CONTENT_BYTES - 3)}…`
      const file = `${id}.txt`
      const parts = holding && withWhole(message, cut, () => holding.hold(wholeOf(file, found)))
      if (parts === null) originals.note(`${at}/content`, found.content)
      else message.parts = parts
      content = cut
      const where = parts === null ? IN_EXTRA : `all of it is in the file ${file} beside it`
      mended.push(`message ${index + 1} is cut to ${CONTENT_BYTES} bytes; ${where}`)
    }
    let checked = check({ ...message, content })
    if (!checked.success && message.extra) {
      // What is more than a message can hold stays beside it.
      beside.set(id, message.extra)
      message.extra = null
      checked = check({ ...message, content })
    }
    if (!checked.success && message.parts) {
      beside.set(id, { ...beside.get(id), parts: message.parts })
      content ||= found.placeholder ?? '[image]'
      checked = check({ ...message, parts: null, content })
    }
    if (!checked.success) {
      const [issue] = checked.error.issues
      const why = `${issue!.path.join('.')} ${issue!.message}`.trim()
      mended.push(`of message ${index + 1} only the text is shown (${why}); ${IN_EXTRA}`)
      beside.set(id, { ...beside.get(id), message: found })
      content ||= UNSHOWN
      const role = found.role === 'tool' ? 'system' : found.role
      checked = { success: true, data: NewMessage.parse({ role, content }) }
    }
    lastAt = originals.time(`${at}/created_at`, found.createdAt, now) ?? lastAt
    const draft = toDraft({ ...checked.data, content }, id, 'import')
    const { follows } = found
    settled.push({ ...draft, createdAt: lastAt, ...(follows !== undefined && { follows }) })
  }
  return { messages: settled, beside: Object.fromEntries(beside), mended }
}

const IN_EXTRA = 'all of it is in `extra`'
const MOST_PARTS = 100

const wholeOf = (name: string, { content }: FoundMessage) => ({ name, text: content })

/** The parts of a message that is cut, with the file that has all of its text; null if it can have no file. */
function withWhole(
  { role, parts }: { role: Role; parts: unknown[] | null },
  cut: string,
  hold: () => string,
): unknown[] | null {
  const others = (parts ?? []).filter((part) => fieldsOf(part)['type'] !== 'text')
  const isRoom = others.length <= MOST_PARTS - 2
  const file = isRoom && mayHave(role, { type: 'file', file: {} })
  if (!file) return null
  const thoughts = others.filter((part) => fieldsOf(part)['type'] === 'reasoning')
  const after = others.filter((part) => !thoughts.includes(part))
  const whole = { type: 'file', file: { file_id: hold() } }
  return [...thoughts, { type: 'text', text: cut }, ...after, whole]
}

/** The id it has, if that is one and nothing else has it; else its place. */
function idFor(found: string | null, place: number, taken: Set<string>): string {
  if (found !== null && NewMessageId.safeParse(found).success && !taken.has(found)) return found
  let id = `imported-${place}`
  while (taken.has(id)) id = `${id}.`
  return id
}

// A model may have answered with nothing; a person may not write nothing.
const check = (message: Record<string, unknown> & { content: string }) =>
  NewMessage.safeParse({ ...message, content: message.content || '-' })

function messageOf(source: Found['source'], found: FoundMessage, at: string, originals: Originals) {
  const isAssistant = found.role === 'assistant'
  const tokens = Number.isSafeInteger(found.tokensUsed) ? (found.tokensUsed as number) : null
  if (tokens === null || tokens < 0) originals.note(`${at}/tokens_used`, found.tokensUsed)
  const finishReason = originals.text(`${at}/finish_reason`, found.finishReason, 64)
  const content = originals.text(`${at}/content`, found.content, Infinity) ?? ''
  return {
    role: found.role,
    content,
    parts: takable(
      `${at}/parts`,
      keepable(`${at}/parts`, partsOf(found, content), originals),
      found,
      originals,
    ),
    extra: objectOr(
      `${at}/extra`,
      keepable(`${at}/extra`, extraOf(source, found), originals),
      originals,
    ),
    tool_calls: isAssistant ? keepable(`${at}/tool_calls`, found.toolCalls, originals) : null,
    tool_call_id:
      found.role === 'tool'
        ? originals.text(`${at}/tool_call_id`, found.toolCallId, CALL_ID_LENGTH)
        : null,
    model: originals.text(`${at}/model`, found.model, 256),
    tokens_used: tokens !== null && tokens >= 0 ? tokens : null,
    finish_reason: isAssistant ? finishReason : null,
    status: isAssistant && found.isInterrupted ? 'interrupted' : 'complete',
    ...keepableFields(found.more ?? {}, at, originals),
  }
}

/** The parts that a message of this role may have. The others stay beside it, with all of them as they were. */
function takable(
  field: string,
  parts: unknown,
  { role }: FoundMessage,
  originals: Originals,
): unknown[] | null {
  const all = listOf(parts)
  const taken = all.filter((part) => mayHave(role, part))
  if (taken.length < all.length || !Array.isArray(parts)) originals.note(field, parts)
  return taken.length > 0 ? taken : null
}

/** With what the model thought before it wrote. */
function partsOf({ role, parts, thoughts = [] }: FoundMessage, content: string): unknown {
  if (role !== 'assistant' || thoughts.length === 0) return parts
  const said = parts ?? (content === '' ? [] : [{ type: 'text', text: content }])
  return [...thoughts.map((thought) => ({ type: 'reasoning', ...thought })), ...listOf(said)]
}

/** Only an object is kept as one. */
function objectOr(field: string, value: unknown, originals: Originals): unknown {
  if (isFields(value)) return value
  originals.note(field, value)
  return null
}

function extraOf(source: Found['source'], { role, extra, thoughts = [] }: FoundMessage): unknown {
  if (source === 'hilo') return extra
  const strayed = role !== 'assistant' && thoughts.length > 0 ? { thoughts } : null
  const own = extra || strayed ? { ...(extra as object), ...strayed } : null
  return own && { [source]: own }
}

/** Those that this version of Hilo knows, with values that it takes. */
function keepableFields(more: Fields, at: string, originals: Originals): Fields {
  const fields: Fields = {}
  for (const [name, value] of Object.entries(more)) {
    const schema = (NewMessage.shape as Record<string, ZodType>)[name]
    if (schema?.safeParse(value).success) fields[name] = value
    else originals.note(`${at}/${name}`, value)
  }
  return fields
}

/** The same with its texts made keepable. */
function keepable(field: string, value: unknown, originals: Originals): unknown {
  // A message can't be so deep; the schema says so before anything walks it.
  const made = isDeeper(value, JSON_DEPTH) ? value : deepKeepable(value ?? null)
  if (made !== value) originals.note(field, value)
  return made
}

/** The value itself if nothing of it has to change. */
function deepKeepable(value: unknown): unknown {
  if (typeof value === 'string') return isKeepable(value) ? value : madeKeepable(value)
  if (Array.isArray(value)) {
    const made = value.map(deepKeepable)
    return made.every((one, index) => one === value[index]) ? value : made
  }
  if (!isFields(value)) return value
  const made = Object.entries(value).map(([key, one]) => [key, deepKeepable(one)] as const)
  return made.every(([key, one]) => one === value[key]) ? value : Object.fromEntries(made)
}

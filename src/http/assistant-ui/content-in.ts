import type { Context } from 'hono'

import { type JsonObject, type JsonValue, isObject } from '../../contract/json.ts'
import { type Draft, NewMessage, type Role, mayHave } from '../../contract/message.ts'
import { lean } from '../../contract/thread-content.ts'
import { ASSISTANT_UI, type ThreadExtra, type ThreadWriting } from '../../contract/thread.ts'
import type { HonoEnv } from '../caller/caller.ts'
import { idIn, takeFiles } from '../files/take.ts'
import { Problem } from '../frame/problem.ts'
import { toDrafts } from '../routes/messages/roles.ts'
import { type Told, readParts } from './parts-in.ts'

/** What a client sends of a message. */
export interface Sent {
  id: string
  /** Left out if the message has one already. */
  format?: string
  externalId?: string
  content: JsonObject
}

const listOf = (value: unknown): JsonValue[] => {
  if (typeof value === 'string') return [{ type: 'text', text: value }]
  return Array.isArray(value) ? (value as JsonValue[]) : []
}

/** The parts of a content, those of its attachments after them. */
function partsOf(content: JsonObject): JsonValue[] {
  const attached = listOf(content['attachments']).flatMap((one) =>
    isObject(one) ? listOf(one['content']) : [],
  )
  return [...listOf(content['parts'] ?? content['content']), ...attached]
}

const roles = new Map<unknown, Role>([
  ['user', 'user'],
  ['human', 'user'],
  ['system', 'system'],
  ['assistant', 'assistant'],
  ['ai', 'assistant'],
])

/** A client's own format may say it in its own way. */
const roleOf = ({ role, type }: JsonObject): Role =>
  roles.get(role) ?? roles.get(type) ?? 'assistant'

/** Whether the content says of itself that it is not whole. */
function isCut({ status, parts }: JsonObject): boolean {
  if (isObject(status)) return status['type'] === 'incomplete' || status['type'] === 'running'
  return listOf(parts).some((part) => isObject(part) && part['state'] === 'streaming')
}

/** A message as it is kept: its own fields for everybody, and beside them whatever else was sent. */
async function writingOf(c: Context<HonoEnv>, sent: Sent): Promise<ThreadWriting> {
  const role = roleOf(sent.content)
  const told = readParts(partsOf(sent.content), (url) => idIn(c, url) !== null)
  const bare = checked({ id: sent.id, role, ...fieldsOf(role, told, sent) })
  const isInterrupted = role === 'assistant' && isCut(sent.content)
  const thread: ThreadExtra = {
    format: sent.format ?? formatOf(sent.content),
    ...lean(sent.content, bare),
    ...(sent.externalId !== undefined && { external_id: sent.externalId }),
    ...(isInterrupted && { status: 'interrupted' as const }),
  }
  const results = told.results.map(({ callId, content }, index) =>
    checked({ id: resultId(sent.id, index), role: 'tool', tool_call_id: callId, content }),
  )
  const message = checked({ ...bare, extra: { [ASSISTANT_UI]: thread } })
  const [draft, ...answers] = (await drafted(c, [message, ...results])) as [Draft, ...Draft[]]
  return [isInterrupted ? { ...draft, status: 'interrupted' } : draft, ...answers]
}

/** The same with its files kept, and noted as about to be named. */
export async function toWriting(
  c: Context<HonoEnv>,
  threadId: string,
  sent: Sent,
): Promise<ThreadWriting> {
  const writing = await writingOf(c, sent)
  return ofContent(() => takeFiles(c, threadId, writing)) as Promise<ThreadWriting>
}

/** As drafts, if the caller may write them. */
const drafted = (c: Context<HonoEnv>, messages: NewMessage[]): Promise<Draft[]> =>
  ofContent(() => toDrafts(c.env, c.get('caller'), messages))

/** What is refused is the one content that was sent. */
async function ofContent<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof Problem) || !error.extra.errors) throw error
    const errors = error.extra.errors.map(({ detail }) => ({ pointer: '/content', detail }))
    throw new Problem(error.type, { ...error.extra, errors })
  }
}

function fieldsOf(role: Role, { parts, calls }: Told, { content }: Sent) {
  const kept = parts.filter((part) => mayHave(role, part))
  const content_ = textOf(kept)
  const isText = kept.every(({ type }) => type === 'text')
  const isEmpty = content_ === '' && calls.length === 0
  const said = isText && kept.length <= 1 ? null : kept
  // A message says something in Hilo, if only that it is of another format.
  const named = [{ type: 'data', name: 'assistant-ui', data: content['role'] ?? null }]
  return {
    content: content_,
    parts: said ?? (isEmpty ? named : null),
    tool_calls: calls.length > 0 && role === 'assistant' ? calls : null,
  }
}

const textOf = (parts: JsonObject[]): string =>
  parts.flatMap(({ type, text }) => (type === 'text' ? [text as string] : [])).join('\n')

/** The client does not say it again when it writes on. */
const formatOf = (content: JsonObject): string => ('parts' in content ? 'ai-sdk/v6' : 'aui/v0')

const resultId = (id: string, index: number): string => `${id.slice(0, 110)}:result-${index + 1}`

function checked(message: object): NewMessage {
  const result = NewMessage.safeParse(message)
  if (result.success) return result.data
  const errors = result.error.issues.map((issue) => ({
    pointer: '/content',
    detail: issue.message,
  }))
  throw new Problem('invalid-request', { errors })
}

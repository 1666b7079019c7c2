import { Language, Metadata } from '../../contract/conversation.ts'
import { isDeeper } from '../../contract/depth.ts'
import type { ImportedConversation } from '../../contract/import.ts'
import { IMPORT_DEPTH, TITLE_LENGTH, TOPIC_LENGTH } from '../../contract/limits.ts'
import type { Extra, Found } from './found.ts'
import type { Holding } from './holding.ts'
import { SENT_CHARS, tooDeep } from './limits.ts'
import { Originals } from './originals.ts'
import { settleMessages } from './settle-messages.ts'
import { timeOf } from './times.ts'
import { idOf, isFields } from './values.ts'

/** An export has it in a conversation, in a list, in a document; and is to come in again. */
const EXTRA_DEPTH = IMPORT_DEPTH - 3

type Settled =
  | { ok: true; conversation: ImportedConversation; mended: string[] }
  | { ok: false; detail: string }

/** A conversation as it can be kept. What had to be changed for that is beside it as it was. */
export function settle(
  found: Found,
  fallbackId: string,
  now: number,
  holding: Holding | null,
): Settled {
  const originals = new Originals()
  const time = (field: string, value: unknown) => originals.time(field, value, now)
  const title = originals.text('title', found.title, TITLE_LENGTH)
  const topic = originals.text('topic', found.topic, TOPIC_LENGTH)
  const given = {
    created: time('created_at', found.createdAt),
    updated: time('updated_at', found.updatedAt),
  }
  const begun = given.created ?? given.updated ?? now
  const messages = settleMessages(found, begun, now, originals, holding)
  const times = found.messages.flatMap(({ createdAt }) => timeOf(createdAt) ?? [])
  const earliest = times.reduce((a, b) => Math.min(a, b), given.updated ?? now)
  const latest = times.reduce((a, b) => Math.max(a, b), 0)
  const createdAt = given.created ?? Math.min(earliest, now)
  const updatedAt = Math.max(createdAt, given.updated ?? Math.min(latest, now))
  const archivedAt = found.isArchived ? (time('archived_at', found.archivedAt) ?? updatedAt) : null
  const language = Language.safeParse(found.language)
  const metadata = Metadata.safeParse(found.metadata ?? {})
  if (!language.success) originals.note('language', found.language)
  if (!metadata.success) originals.note('metadata', found.metadata)
  const conversation = {
    source: found.source,
    sourceId: idOf(found.sourceId) ?? fallbackId,
    title,
    topic,
    language: language.data ?? null,
    metadata: metadata.data ?? {},
    isResolved: found.isResolved ?? false,
    archivedAt,
    ...(found.isArchived === undefined && { isArchivalUntold: true }),
    createdAt,
    updatedAt,
    messages: messages.messages,
    ...(found.head !== undefined && found.head > 0 && { head: found.head }),
  }
  const beside = extraOf(found, messages.beside, originals)
  if (isDeeper(beside, EXTRA_DEPTH)) return { ok: false, detail: tooDeep }
  const extra = beside == null ? null : JSON.stringify(beside)
  const chars = JSON.stringify(conversation).length + (extra?.length ?? 0)
  if (chars > SENT_CHARS) return { ok: false, detail: `More than ${SENT_CHARS} characters` }
  const mended = [...(found.mended ?? []), ...messages.mended]
  return { ok: true, conversation: { ...conversation, extra }, mended }
}

/** All that has no field. */
function extraOf(
  { source, extra, own }: Found,
  beside: Record<string, unknown>,
  originals: Originals,
): unknown {
  const notes = originals.all()
  const isChanged = notes !== null || Object.keys(beside).length > 0
  if (source === 'hilo' && !isChanged) return own
  const standing: Extra & { extra?: unknown } = isFields(own)
    ? own
    : own == null
      ? extra
      : { extra: own }
  const messages = { ...standing.messages, ...beside }
  const whole = {
    ...standing,
    ...(Object.keys(messages).length > 0 && { messages }),
    ...(notes && { originals: { ...standing.originals, ...notes } }),
  }
  return Object.keys(whole).length === 0 ? null : whole
}

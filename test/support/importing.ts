import { runInDurableObject } from 'cloudflare:test'

import type { ImportAnswer } from '../../src/contract/import.ts'
import { importIds } from '../../src/http/routes/portable/import-ids.ts'
import { type Client, type Conversation, type Message, as, bodyOf, send } from './api.ts'
import { type ExportedOptions, asLines, exported } from './given-exports.ts'
import { objectOf } from './given.ts'
import { ask } from './seldom.ts'
import { bindings } from './settings.ts'
import { historyOf } from './turns.ts'

export type { ImportAnswer }

/** Sends a file to import, as it is: text, bytes, or a stream of them. */
export const upload = (
  client: Client,
  file: BodyInit,
  { query = '', type = 'application/json' }: { query?: string; type?: string } = {},
): Promise<Response> =>
  send(`/api/import${query}`, {
    method: 'POST',
    body: file,
    headers: { ...client.headers, 'content-type': type },
  })

/** Imports a file; anything but text and bytes is made JSON. Throws if that was refused. */
export async function importing(
  client: Client,
  file: unknown,
  options: { query?: string } = {},
): Promise<ImportAnswer> {
  const body = typeof file === 'string' || file instanceof Uint8Array ? file : JSON.stringify(file)
  const response = await upload(client, body as BodyInit, options)
  if (response.status !== 200) throw new Error(`not imported: ${await response.text()}`)
  return bodyOf<ImportAnswer>(response)
}

interface Imported {
  id: string
  conversation: Conversation
  /** On the conversation's line. */
  messages: Message[]
  /** What has no field: of the conversation, and of its messages by their ids; thoughts; and what is on other branches. */
  extra: Record<string, unknown> | null
}

/** Imports one conversation, and reads what became of it. */
export async function importingOne(client: Client, file: unknown): Promise<Imported> {
  const answer = await importing(client, file)
  const [one] = answer.conversations
  if (!one) throw new Error(`not imported: ${JSON.stringify(answer)}`)
  return importedAs(client, one.id)
}

export async function importedAs(client: Client, id: string): Promise<Imported> {
  const read = await bodyOf<
    Conversation & { messages?: unknown; has_more?: unknown; next_cursor?: unknown }
  >(client.get(`/api/conversations/${id}`))
  const { messages: _newest, has_more: _more, next_cursor: _next, ...conversation } = read
  const messages = await historyOf(client, id)
  const all = await historyOf(client, id, 'all')
  return { id, conversation, messages, extra: withThoseOf(all, messages, await extraOf(id)) }
}

function withThoseOf(all: Message[], line: Message[], extra: Record<string, unknown> | null) {
  const ids = new Set(line.map(({ id }) => id))
  const fieldsOf = (message: Message) => Object.values(message.extra ?? {})[0]
  const thoughtsOf = ({ parts }: Message) => parts?.filter(({ type }) => type === 'reasoning') ?? []
  const more = {
    messages: {
      ...Object.fromEntries(all.filter(fieldsOf).map((one) => [one.id, fieldsOf(one)])),
      ...(extra?.['messages'] as object),
    },
    reasoning: Object.fromEntries(
      all.filter((one) => thoughtsOf(one).length > 0).map((one) => [one.id, thoughtsOf(one)]),
    ),
    branches: all.filter(({ id }) => !ids.has(id)),
  }
  const said = Object.entries(more).filter(([, value]) => Object.keys(value).length > 0)
  return said.length === 0 ? extra : { ...extra, ...Object.fromEntries(said) }
}

/** What an object keeps beside its messages. */
export const extraOf = (id: string): Promise<Record<string, unknown> | null> =>
  runInDurableObject(objectOf(id), (_, { storage }) => {
    const pieces = ask<{ piece: string }>(storage.sql, 'SELECT piece FROM extra ORDER BY n')
    return pieces.length === 0 ? null : JSON.parse(pieces.map(({ piece }) => piece).join(''))
  })

/** A message as a reader of the conversation sees it. */
export const lineOf = ({ role, content }: Message): string => `${role}: ${content}`

/** Objects that import by `importConversation` alone, and had nothing before. */
export const importers = (importConversation: () => Promise<unknown>) =>
  ({
    getByName: () => ({ importConversation, isOwn: async () => ({ ok: true, isOwn: false }) }),
  }) as never

/** The ids that a conversation of another Hilo's may have here. */
export const importedIds = (userId: string, sourceId: string, secrets = bindings.SESSION_SECRET) =>
  importIds({ SESSION_SECRET: secrets }, { kind: 'user', id: userId }, 'hilo', sourceId)

/** Somebody, a conversation of elsewhere, and the id that it has here. */
export async function elsewhere(options: ExportedOptions = {}) {
  const user = crypto.randomUUID()
  const theirs = exported(options)
  const { now: id } = await importedIds(user, theirs.id)
  return { client: await as.user(user), user, theirs, id, file: await asLines([theirs]) }
}

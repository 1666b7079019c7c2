import { expect } from 'vitest'

import {
  type Client,
  type Conversation,
  type Listed,
  type Message,
  as,
  bodyOf,
} from '../support/api.ts'
import { evict, rowOf, storedIn } from '../support/record.ts'
import { runCron } from '../support/visitors.ts'
import type { Expected, Model } from './expected.ts'
import { checkLinks } from './links.ts'
import { quiet } from './quiet.ts'
import { checkKept, checkPrefix, rowsOf } from './record.ts'
import { checkSearch, clear } from './searching.ts'
import { checkFiles, r2 } from './showing.ts'
import { mendSteps } from './storage.ts'
import { checkTokens } from './tokens.ts'
import { checkBranches } from './tree.ts'
import { checkUnnamed, originOf } from './unnamed.ts'
import type { World } from './world.ts'

/** Lets everything come to rest: fair weather, every alarm in its time, links finished, the record reconciled. */
export async function settle(model: Model, world: World): Promise<void> {
  clear()
  r2.weather = 'fair'
  mendSteps()
  await world.settled()
  for (const heal of world.heals) await heal().catch(() => {})
  // What woke under a broken version tries again in a while; here, at once.
  if (world.isAlerted) for (const { id } of model.conversations) await evict(id).catch(() => {})
  for (const { id } of model.conversations) await quiet(id)
  // What has been flushed since a restoring has filled the record up, before anybody reconciles it.
  for (const about of model.conversations) await checkPrefix(about)
  if (world.isRestored && model.conversations.length > 0) {
    const conversation_ids = model.conversations.map(({ id }) => id)
    const reconcile = () =>
      bodyOf(
        as.service('operator').post('/api/admin/reconcile', {
          conversation_ids,
          dry_run: false,
          prefer: 'log',
        }),
      )
    await reconcile()
    // What contradicted, such as a file that came in again after it was erased, does so no more.
    expect(await reconcile()).toMatchObject({ different: [], failed: [] })
    await checkLinks(model, world)
  }
  for (const [index, visitor] of model.visitors.entries()) {
    if (visitor.linked === 'no') continue
    const body = { session_token: world.tokens[index] }
    const linked = await (world.users[index] as Client).post('/api/sessions/link', body)
    expect(linked.status).toBe(200)
    visitor.linked = 'yes'
  }
  await runCron()
  for (const { id } of model.conversations) await quiet(id)
}

/** Holds what is against what must be. */
export async function check(model: Model, world: World): Promise<void> {
  const owned = new Map<Client, Set<string>>()
  for (const about of model.conversations) {
    const owner = world.ownerOf(model, about)
    const isThere = await checkConversation(model, world, about, owner)
    if (!owned.has(owner)) owned.set(owner, new Set())
    if (isThere) owned.get(owner)?.add(about.id)
  }
  for (const client of [...world.sessions, ...world.users]) {
    const listed = await bodyOf<Listed<Conversation>>(
      client.get('/api/conversations?status=all&limit=100'),
    )
    expect(new Set(listed.data.map(({ id }) => id))).toEqual(owned.get(client) ?? new Set())
  }
  await checkKept()
  await checkSearch(model, world, owned)
  await checkFiles(model, world, owned)
  await checkTokens(world)
}

async function checkConversation(
  model: Model,
  world: World,
  about: Expected,
  owner: Client,
): Promise<boolean> {
  const { id } = about
  for (const client of [...world.sessions, ...world.users]) {
    if (client === owner) continue
    expect((await client.get(`/api/conversations/${id}`)).status).toBe(404)
  }
  const answer = await owner.get(`/api/conversations/${id}`)
  if (answer.status === 404) {
    expect({ id, mayBeGone: about.erased !== 'no' || about.created !== 'yes' }).toEqual({
      id,
      mayBeGone: true,
    })
    expect(await rowOf(id)).toBeNull()
    expect(await rowsOf(id)).toEqual([])
    expect(await storedIn(id)).toEqual({ tables: [], alarm: null })
    return false
  }
  const erased = about.erased === 'yes' && !about.isRevived
  expect({ id, status: answer.status, erased }).toEqual({ id, status: 200, erased: false })
  const conversation = await answer.json<Conversation>()
  about.acknowledge(about.file)
  const messages = await historyOf(owner, id, 'all')
  checkBranches(conversation, messages, await historyOf(owner, id, 'head'))
  checkMessages(world, about, messages)
  checkUnnamed(about, messages)
  checkRecord(conversation, messages, await rowOf(id), await rowsOf(id))
  if (conversation.title !== null && !about.titles.has(conversation.title)) {
    expect(conversation.title).toBe('A title')
  }
  const { summary, summary_seq: covered, message_count: count } = conversation
  expect({ summary, isCovering: covered > 0 && covered <= count }).toEqual(
    summary === null
      ? { summary, isCovering: false }
      : { summary: expect.stringMatching(/^(A summary|Summary \d+ of .*)$/), isCovering: true },
  )
  const user = model.visitors[about.visitor]
  const isUsers = about.beganAs === 'user' || user?.linked === 'yes'
  expect(conversation.user_id).toBe(isUsers ? user?.userId : null)
  return true
}

/** Every acknowledged message once, in its place, byte for byte; of the others only what was sent, or the model's. */
function checkMessages(world: World, about: Expected, messages: Message[]): void {
  expect(messages.map(({ seq }) => seq)).toEqual(messages.map((_, index) => index + 1))
  const found = new Map(messages.map((message) => [message.id, message]))
  expect(found.size).toBe(messages.length)
  // Of one that began anew nobody knows what was said before that.
  const [acknowledged, told] = about.isRevived ? [[], []] : [about.acknowledged, about.told]
  for (const [id, { seq, role, content, parent_id }] of acknowledged) {
    const place = about.isMoved ? {} : { seq, ...(parent_id !== undefined && { parent_id }) }
    const { content: said, ...one } = found.get(id) ?? { content: undefined }
    expect({ id, ...one }).toMatchObject({ id, ...place, role })
    expect({ id, said, isSaid: about.isSaid(id, content, said) }).toMatchObject({ isSaid: true })
  }
  for (const [id, content] of told)
    expect([id, about.isSaid(id, content, found.get(id)?.content)]).toEqual([id, true])
  for (const [id, { isKept }] of about.writing) {
    expect({ id, isThere: found.has(id) || !isKept }).toEqual({ id, isThere: true })
  }
  for (const message of messages) {
    const { id, content, origin } = message
    const sent = about.sent.get(id)
    expect({ id, origin, content }).toEqual({
      id,
      origin: originOf(about, message),
      content: sent === undefined || about.isSaid(id, sent, content) ? content : sent,
    })
    const answered = found.get(message.parent_id ?? '')
    const isWhole = message.status !== 'deleted' && answered?.status !== 'deleted'
    if (origin === 'model' && !about.isMoved && isWhole) checkReply(world, message, answered)
  }
}

/** A reply follows what it answers, says what the model said, and is taken for whole only if that came to an end. */
function checkReply(world: World, reply: Message, answered: Message | undefined): void {
  const { content, status, finish_reason: reason } = reply
  const isRight = world
    .answersTo(answered?.content ?? '')
    .some(({ text, hasEnded }) =>
      status === 'complete'
        ? hasEnded && text === content && reason === 'stop'
        : content !== '' && text.startsWith(content),
    )
  expect({ reply, answered, isRight }).toEqual({ reply, answered, isRight: true })
}

function checkRecord(
  conversation: Conversation,
  messages: Message[],
  row: Record<string, unknown> | null,
  rows: Record<string, unknown>[],
): void {
  expect(row).toMatchObject({
    user_id: conversation.user_id,
    title: conversation.title,
    summary: conversation.summary,
    topic: conversation.topic,
    is_active: Number(conversation.is_active),
    last_seq: messages.length,
    head_id: conversation.head_id,
    summary_seq: conversation.summary_seq,
    updated_at: Date.parse(conversation.updated_at),
  })
  expect(rows).toEqual(
    messages.map(({ seq, id, role, origin, content, status, parent_id: parent }) => ({
      seq,
      id,
      role,
      origin,
      content,
      status,
      parent_id: parent,
    })),
  )
}

async function historyOf(client: Client, id: string, branch: string): Promise<Message[]> {
  const messages: Message[] = []
  let query = `?branch=${branch}`
  for (;;) {
    const page: Listed<Message> = await bodyOf<Listed<Message>>(
      client.get(`/api/conversations/${id}/messages${query}`),
    )
    messages.push(...page.data)
    if (page.next_cursor === null) return messages
    query = `?branch=${branch}&cursor=${page.next_cursor}`
  }
}

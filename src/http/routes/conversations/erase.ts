import type { Context } from 'hono'
import * as z from 'zod'

import type { Caller, Owner } from '../../../contract/caller.ts'
import { ConversationId } from '../../../contract/conversation.ts'
import { OBJECTS_ABREAST, OWNER_LENGTH } from '../../../contract/limits.ts'
import { Text } from '../../../contract/text.ts'
import { log } from '../../../events.ts'
import { unlessOlder } from '../../../objects.ts'
import { idsOf } from '../../../storage/conversations.ts'
import { openDatabase } from '../../../storage/database.ts'
import { revokeAll } from '../../../storage/tokens.ts'
import { type HonoEnv, requireOwner } from '../../caller/caller.ts'
import { ask, askFiles, askIndex } from '../../frame/ask.ts'
import {
  bodyOf,
  createRoute,
  forBodies,
  forCallers,
  json,
  problems,
  routes,
  security,
} from '../../frame/openapi.ts'
import { readWalkCursor, walkCursor } from '../../frame/parameters.ts'
import { Problem, granted, tryAgain } from '../../frame/problem.ts'
import { limitWrites } from '../../frame/rate-limits.ts'

/** How many one call erases at most, and for how long it goes on beginning with more, in ms. */
const PER_CALL = 100
const BUDGET_MS = 20_000

const Erasure = z
  .object({
    object: z.literal('erasure'),
    conversation_id: z.uuid(),
    messages: z.int().meta({ description: 'How many there were' }),
    files: z.int().meta({
      description: 'How many files they named. Those that no other conversation names go with it',
    }),
    erased_at: z.iso.datetime(),
    is_complete: z.boolean().meta({
      description:
        'Whether D1 and the bucket are rid of it too; if not, the object goes on by itself',
    }),
  })
  .meta({ id: 'Erasure' })

const EraseAllRequest = z
  .strictObject({
    user_id: Text.min(1).max(OWNER_LENGTH).optional().meta({ description: 'For services' }),
    cursor: z.string().optional().meta({ description: 'From the answer before' }),
  })
  .meta({ id: 'EraseAllRequest' })
type EraseAllRequest = z.infer<typeof EraseAllRequest>

const Erasures = z
  .object({
    object: z.literal('erasures'),
    conversations: z.int().meta({ description: 'How many this call erased' }),
    messages: z.int().meta({ description: 'How many messages they had' }),
    on_hold: z.int().meta({ description: 'How many are on hold, and stand' }),
    is_complete: z.boolean().meta({
      description:
        'Whether D1 and the bucket are rid of these too; if not, their objects go on by themselves',
    }),
    has_more: z.boolean(),
    next_cursor: z.string().nullable().meta({ description: 'Call again with it for the rest' }),
  })
  .meta({ id: 'Erasures' })
type Erasures = z.infer<typeof Erasures>

const tags = ['Erasure']

const eraseConversation = createRoute({
  operationId: 'eraseConversation',
  tags,
  security,
  summary: 'Erase a conversation for good',
  method: 'post',
  path: '/api/conversations/{id}/erase',
  middleware: [limitWrites] as const,
  request: { params: z.object({ id: ConversationId }) },
  responses: {
    200: json(
      Erasure,
      'The receipt. It is not there any more, for anybody, and no search finds it',
    ),
    ...problems(...forCallers, 'rate-limited', 'no-such-conversation', 'on-hold'),
  },
})

const eraseEverything = createRoute({
  operationId: 'eraseEverything',
  tags,
  security,
  summary: 'Erase everything of the caller’s for good',
  method: 'post',
  path: '/api/erase',
  middleware: [limitWrites] as const,
  request: bodyOf(EraseAllRequest, {}),
  responses: {
    200: json(Erasures, 'The receipt of this call'),
    ...problems(...forCallers, ...forBodies),
  },
})

export const eraseRoutes = routes()
  .openapi(eraseConversation, async (c) => {
    const { id } = c.req.valid('param')
    const erased = granted(await ask(c, id, (object, call) => object.erase(call)))
    const receipt = {
      object: 'erasure' as const,
      conversation_id: id,
      messages: erased.messages,
      files: erased.files ?? 0,
      erased_at: new Date(erased.erasedAt).toISOString(),
      is_complete: erased.isCleared,
    }
    return c.json(receipt, 200)
  })
  .openapi(eraseEverything, async (c) => {
    const body = c.req.valid('json')
    // So much is not done by a request that says nothing.
    if ((await c.req.text()) === '') throw new Problem('malformed-json', { detail: 'Send {}.' })
    const owner = ownerOf(c.get('caller'), body)
    c.set('caller', { ...c.get('caller'), owner })
    const erasures = await eraseAll(c, owner, body.cursor && readWalkCursor(body.cursor, '/cursor'))
    const { conversations, messages } = erasures
    const service = c.get('caller').service?.name ?? null
    log({
      event: 'erased-all',
      conversations,
      messages,
      service,
      request_id: c.get('requestId'),
    })
    return c.json(erasures, 200)
  })

/** The owner whose conversations are erased. */
function ownerOf(caller: Caller, { user_id: userId }: EraseAllRequest): Owner {
  const { owner, service } = caller
  if (service && !service.scopes.includes('erase')) {
    throw new Problem('not-permitted', { detail: 'A service erases with the scope erase.' })
  }
  if (userId === undefined) {
    return requireOwner(caller, 'Name the user in `user_id`.')
  }
  const named: Owner = { kind: 'user', id: userId }
  if (service === null ? isSame(owner, named) : owner === null || isSame(owner, named)) return named
  throw new Problem('not-permitted', {
    errors: [{ pointer: '/user_id', detail: 'Only a service names a user, and then but one' }],
  })
}

const isSame = (a: Owner | null, b: Owner): boolean => a?.kind === b.kind && a.id === b.id

async function eraseAll(c: Context<HonoEnv>, owner: Owner, from = ''): Promise<Erasures> {
  const db = openDatabase(c.env.DB)
  const end = Date.now() + BUDGET_MS
  // First, so that nothing reads what is left.
  if (owner.kind === 'user') {
    await revokeAll(db, owner.id).catch(() => {
      throw interrupted(0)
    })
  }
  const sum = { conversations: 0, messages: 0, on_hold: 0, is_complete: true }
  let after = from
  for (let begun = 0; begun < PER_CALL && Date.now() < end; begun += OBJECTS_ABREAST) {
    const rows = await idsOf(db, owner, 'all', after, OBJECTS_ABREAST).catch(() => {
      throw interrupted(sum.conversations)
    })
    const ids = rows.map(({ id }) => id)
    const answers = await Promise.all(
      ids.map((id) => ask(c, id, (object, call) => object.erase(call))),
    )
    for (const answer of answers) {
      if (answer.ok) {
        sum.conversations += 1
        sum.messages += answer.messages
        sum.is_complete &&= answer.isCleared
      } else if (answer.why === 'on-hold') sum.on_hold += 1
      else if (answer.why === 'try-again') throw interrupted(sum.conversations)
    }
    await removeGhosts(
      c,
      ids.filter((_, index) => isNotThere(answers[index])),
    )
    const last = ids.at(-1)
    if (last === undefined || ids.length < OBJECTS_ABREAST) {
      // Also of what was erased before, and has no receipt yet because of that.
      await askIndex(c, owner, (index) => unlessOlder(index.forget())).catch(() => {
        throw interrupted(sum.conversations)
      })
      // What no message names is theirs too.
      const { isGone } = await askFiles(c, owner, (files) => files.clearUnused())
      sum.is_complete &&= isGone
      return { object: 'erasures', ...sum, has_more: false, next_cursor: null }
    }
    after = last
  }
  return { object: 'erasures', ...sum, has_more: true, next_cursor: walkCursor(after) }
}

const isNotThere = (answer: { ok: boolean; why?: string } | undefined): boolean =>
  answer?.ok === false && answer.why === 'no-such-conversation'

/** Rows that a restore of D1 brought back: their objects are empty, and their owner wants them gone. */
const removeGhosts = (c: Context<HonoEnv>, ids: string[]) =>
  Promise.all(ids.map((id) => ask(c, id, (object) => object.reconcile(false, 'log'))))

const interrupted = (conversations: number) =>
  tryAgain(`${conversations} conversations are erased. Call again for the others.`)

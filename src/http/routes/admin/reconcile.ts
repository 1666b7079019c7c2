import type { Context } from 'hono'
import * as z from 'zod'

import { ConversationId } from '../../../contract/conversation.ts'
import { OBJECTS_ABREAST } from '../../../contract/limits.ts'
import { log } from '../../../events.ts'
import { openDatabase } from '../../../storage/database.ts'
import { recordAfter } from '../../../storage/reconciliation.ts'
import type { HonoEnv } from '../../caller/caller.ts'
import { ask } from '../../frame/ask.ts'
import {
  bodyOf,
  createRoute,
  forBodies,
  forCallers,
  json,
  problems,
  routes,
} from '../../frame/openapi.ts'
import { readWalkCursor, walkCursor } from '../../frame/parameters.ts'
import { Problem, tryAgain } from '../../frame/problem.ts'

/** How many one call looks at, at most, and for how long it goes on beginning with more, in ms. */
const PER_CALL = 100
const BUDGET_MS = 20_000

const ReconcileRequest = z
  .strictObject({
    since: z.iso.datetime({ offset: true }).optional().meta({
      description: 'Only those that the record shows as used since then',
    }),
    conversation_ids: z.array(ConversationId).min(1).max(100).optional().meta({
      description: 'Only these; they need not be in the record, as the log of events names them',
    }),
    cursor: z.string().optional().meta({ description: 'From the answer before' }),
    dry_run: z.boolean().default(true).meta({ description: 'Only look, change nothing' }),
    prefer: z
      .enum(['log', 'record'])
      .optional()
      .meta({
        description:
          'What to do if the two contradict. `log`, after D1 was restored: the log’s messages keep their places, ' +
          'and rows whose object is empty are removed. `record`, after an object was restored: the record’s messages ' +
          'keep their places, and empty objects are filled again. Messages of the other side follow at the end.',
      }),
  })
  .refine(
    ({ conversation_ids: named, since, cursor }) =>
      named === undefined || (since === undefined && cursor === undefined),
    { path: ['conversation_ids'], message: 'Leave since and cursor out: these are all' },
  )
  .meta({ id: 'ReconcileRequest' })
type ReconcileRequest = z.infer<typeof ReconcileRequest>

const ids = (description: string) => z.array(z.uuid()).meta({ description })

const Reconciliation = z
  .object({
    object: z.literal('reconciliation'),
    dry_run: z.boolean(),
    checked: z.int().meta({ description: 'How many conversations this call looked at' }),
    equal: z.int(),
    behind: ids('The record lacked something of these. Unless this was a dry run, it is filled up'),
    messages_lacking: z.int().meta({ description: 'How many messages that was' }),
    absent: ids('Neither the record nor an object knows of these'),
    orphaned: ids(
      'The objects of these are empty: they were erased since, or lost. ' +
        'With `prefer` the row is removed (`log`) or the object filled from it (`record`)',
    ),
    replaced: ids(
      'The record shows an earlier conversation of this id, which was erased or lost before the id was used anew. ' +
        'With `prefer` it goes (`log`), or comes before the new one (`record`), unless they have two owners',
    ),
    ahead: ids(
      'The record has messages that the log lacks, without a contradiction: if this was no dry run, the log has them now',
    ),
    erasing: ids('These are just being erased'),
    different: ids(
      'Log and record contradict each other: left as they are, unless `prefer` said what to do',
    ),
    differences: z
      .array(
        z.object({
          conversation_id: z.uuid(),
          seq: z.int(),
          log_id: z.string().nullable(),
          record_id: z.string().nullable(),
        }),
      )
      .meta({ description: 'Which messages stand where; at most the first 20 of a conversation' }),
    unlinked: ids(
      'Claimed by a user, but the link of their session is forgotten: if this was no dry run, it is written anew',
    ),
    link_different: ids(
      'Claimed by a user, but their session is linked to another one now: left as it is',
    ),
    failed: ids('These could not be compared; look again'),
    next_cursor: z.string().nullable().meta({ description: 'Call again with it for the rest' }),
  })
  .meta({ id: 'Reconciliation' })
type Reconciliation = z.infer<typeof Reconciliation>

const reconcileRecord = createRoute({
  operationId: 'reconcileRecord',
  tags: ['Administration'],
  security: [{ bearer: [] }],
  summary: 'After a restore of D1: make the record equal the logs',
  method: 'post',
  path: '/api/admin/reconcile',
  request: bodyOf(ReconcileRequest, { dry_run: true }),
  responses: {
    200: json(Reconciliation, 'What this call found'),
    ...problems(...forCallers, ...forBodies),
  },
})

export const reconcileRoutes = routes().openapi(reconcileRecord, async (c) => {
  if (!c.get('caller').service?.scopes.includes('admin')) {
    throw new Problem('not-permitted', { detail: 'For services with the scope admin.' })
  }
  const request = c.req.valid('json')
  const found: Reconciliation = {
    object: 'reconciliation',
    dry_run: request.dry_run,
    checked: 0,
    equal: 0,
    behind: [],
    messages_lacking: 0,
    absent: [],
    orphaned: [],
    erasing: [],
    different: [],
    replaced: [],
    ahead: [],
    differences: [],
    unlinked: [],
    link_different: [],
    failed: [],
    next_cursor: null,
  }
  const { conversation_ids: named } = request
  if (named) await look(c, [...new Set(named)], request, found)
  else await walk(c, request, found)
  log({
    event: 'reconciled',
    service: c.get('caller').service?.name ?? '',
    dry_run: request.dry_run,
    checked: found.checked,
    behind: found.behind.length,
    orphaned: found.orphaned.length,
    different: found.different.length,
    replaced: found.replaced.length,
    ahead: found.ahead.length,
    unlinked: found.unlinked.length,
    failed: found.failed.length,
    request_id: c.get('requestId'),
  })
  return c.json(found, 200)
})

async function walk(
  c: Context<HonoEnv>,
  request: ReconcileRequest,
  found: Reconciliation,
): Promise<void> {
  const { since, cursor } = request
  const db = openDatabase(c.env.DB)
  const from = since === undefined ? 0 : Date.parse(since)
  const end = Date.now() + BUDGET_MS
  let after = cursor === undefined ? '' : readWalkCursor(cursor, '/cursor')
  for (let begun = 0; begun < PER_CALL && Date.now() < end; begun += OBJECTS_ABREAST) {
    const rows = await recordAfter(db, after, OBJECTS_ABREAST).catch(() => {
      throw tryAgain(
        'D1 cannot be read right now. What was filled up stays. Send the same call again.',
      )
    })
    const some = rows.filter(({ updatedAt }) => updatedAt >= from).map(({ id }) => id)
    await look(c, some, request, found)
    const last = rows.at(-1)
    found.next_cursor = last && rows.length === OBJECTS_ABREAST ? walkCursor(last.id) : null
    if (found.next_cursor === null || last === undefined) return
    after = last.id
  }
}

async function look(
  c: Context<HonoEnv>,
  some: string[],
  { dry_run: isDryRun, prefer }: ReconcileRequest,
  found: Reconciliation,
): Promise<void> {
  const standings = await Promise.all(
    some.map((id) => ask(c, id, (object) => object.reconcile(isDryRun, prefer ?? null))),
  )
  for (const [index, standing] of standings.entries()) {
    const id = some[index] ?? ''
    found.checked += 1
    if (standing.kind === 'behind') found.messages_lacking += standing.messages
    if (standing.kind === 'different') {
      for (const { seq, logId, recordId } of standing.differences) {
        found.differences.push({ conversation_id: id, seq, log_id: logId, record_id: recordId })
      }
    }
    if (standing.link === 'missing') found.unlinked.push(id)
    if (standing.link === 'different') found.link_different.push(id)
    if (standing.kind === 'equal') found.equal += 1
    else found[standing.kind].push(id)
  }
}

import type { Caller } from '../../contract/caller.ts'
import type { Draft } from '../../contract/message.ts'
import { type Refusal, busy, refuse } from '../../contract/problem.ts'
import { payloadOf } from '../../storage/messages.ts'
import { type MessageRow, parentOf } from '../../storage/tables.ts'
import type { History } from '../log/history.ts'
import { openAfter } from '../log/open-calls.ts'
import type { Head } from '../log/rows.ts'
import type { CurrentReply } from '../reply/current.ts'

/** What new messages are held against. */
export interface Standing {
  log: History
  current: CurrentReply
}

/** A request's messages, told apart: what stands already, and what is new. */
interface Sifted {
  ok: true
  fresh: Draft[]
  /** Everything of the request that stood before it, by id. */
  stored: Map<string, MessageRow>
}

/**
 * Same id, same message: a retry finds what it brought before; an id with other words is refused, and so is one that
 * the running reply has, for that will be a message too.
 */
export function sift({ log, current }: Standing, drafts: Draft[]): Sifted | Refusal {
  const stored = new Map<string, MessageRow>()
  const fresh = new Map<string, Draft>()
  for (const [index, draft] of drafts.entries()) {
    const row = log.messageById(draft.id)
    const known = row ?? fresh.get(draft.id)
    if (known === undefined && draft.id === current.running?.id) {
      return idTaken(index, 'The reply that is running has this id')
    } else if (known === undefined) {
      fresh.set(draft.id, draft)
    } else if (row?.status === 'deleted') {
      return idTaken(index, 'The message of this id was deleted')
    } else if (payloadOf(known) !== payloadOf(draft)) {
      return idTaken(index, 'Another message has this id')
    } else if (row) {
      stored.set(draft.id, row)
    }
  }
  if (fresh.size > 0 && current.hasLeftover) return unsettled()
  return { ok: true, fresh: [...fresh.values()], stored }
}

const idTaken = (index: number, detail: string): Refusal => takenAt(`/messages/${index}/id`, detail)

export const takenAt = (pointer: string, detail: string): Refusal =>
  refuse('message-id-taken', {
    detail: 'Nothing of this request was stored. Give a new message a new id.',
    errors: [{ pointer, detail }],
  })

/**
 * The message that new ones come after: null for the conversation's head, whichever that is once a running reply is
 * stopped. A request that begins with messages of another branch goes on behind those. If a caller names the place, the
 * messages of the request follow one another from there; those that stand already have to stand just so.
 */
export function placeOf(
  { log, current }: Standing,
  head: Pick<Head, 'headSeq'>,
  parentId: string | null | undefined,
  drafts: Draft[],
  stored: Map<string, MessageRow>,
): { ok: true; after: number | null } | Refusal {
  if (parentId === undefined) {
    const isNew = drafts.findIndex(({ id }) => !stored.has(id))
    const before = isNew > 0 ? stored.get(drafts[isNew - 1]!.id) : undefined
    const isElsewhere = before !== undefined && !log.path(head.headSeq).has(before.seq)
    return { ok: true, after: isElsewhere ? before.seq : null }
  }
  const parent = parentId === null ? null : log.messageById(parentId)
  if (parentId !== null && parent === null) {
    if (parentId === current.running?.id) return busy(parentId)
    const errors = [
      { pointer: '/parent_id', detail: 'No message of this conversation has this id' },
    ]
    return refuse('invalid-request', { detail: 'Nothing of this request was stored.', errors })
  }
  let after = parent?.seq ?? 0
  let isNew = false
  for (const [index, { id }] of drafts.entries()) {
    const row = stored.get(id)
    if (row && (isNew || parentOf(row) !== after)) {
      return idTaken(index, 'It stands already, after another message than this request says')
    }
    isNew ||= row === undefined
    if (row) after = row.seq
  }
  return { ok: true, after }
}

/** The tool calls that wait somewhere, and the message there. */
interface Open {
  openCalls: string[]
  before: MessageRow | null
}

/** The tool calls that wait after a message. */
export function openAt(log: History, seq: number): Open {
  const openCalls = log.openAt(seq)
  return { openCalls, before: log.beforeCalls(seq, openCalls) }
}

/** The tool calls that wait where new messages come. */
export function openBefore({ log, current }: Standing, head: Head, after: number | null): Open {
  if (after !== null) return openAt(log, after)
  const { openCalls } = current.headOnceStopped(head)
  return { openCalls, before: log.beforeCalls(head.headSeq, openCalls) }
}

/** A reply that has ended comes before whatever follows it. */
export const unsettled = (): Refusal =>
  refuse('try-again', {
    detail: 'The reply before it is not kept yet. Nothing of this request was stored.',
    retry_after: 5,
  })

/**
 * Users and sessions answer the tool calls that wait, and no others; a service is believed.
 *
 * @param fresh those of `drafts`, the request's messages, that are new
 */
export function admitToolResults(
  { openCalls, before }: Open,
  caller: Caller,
  drafts: Draft[],
  fresh: Draft[],
): Refusal | null {
  if (caller.service) return null
  for (const [place, draft] of fresh.entries()) {
    const open = openAfter(openCalls, fresh.slice(0, place), before)
    if (draft.role === 'tool' && !open.includes(draft.toolCallId ?? '')) {
      return refuse('invalid-request', {
        detail: `Nothing of this request was stored. ${waitingIn(open)}`,
        errors: [
          {
            pointer: `/messages/${drafts.findIndex(({ id }) => id === draft.id)}/tool_call_id`,
            detail: `No tool call ${JSON.stringify(draft.toolCallId)} waits for a result`,
          },
        ],
        tool_call_ids: open,
      })
    }
  }
  return null
}

/** How many calls a text names. */
const NAMED_CALLS = 5

/** Every protocol shows this: so it names calls, and no field of Hilo's. */
function waitingIn(open: string[]): string {
  if (open.length === 0) return 'No call waits for a result.'
  const named = open.slice(0, NAMED_CALLS).map((id) => JSON.stringify(id))
  return `These calls wait for results: ${named.join(', ')}${open.length > NAMED_CALLS ? ', …' : ''}.`
}

/** Whether the model has something to answer once `drafts` are there. */
export function admitTurn(
  { openCalls, before }: Open,
  last: Pick<Draft, 'role'> | null,
  drafts: Draft[],
): Refusal | null {
  const role = drafts.at(-1)?.role ?? last?.role ?? 'assistant'
  if (role === 'assistant') {
    return refuse('nothing-to-answer', {
      detail: 'The model would answer an assistant message. Nothing was stored.',
    })
  }
  const open = openAfter(openCalls, drafts, before)
  if (role === 'tool' && open.length > 0) {
    return refuse('tool-calls-outstanding', {
      detail: `Nothing of this request was stored. Send the results of all calls. ${waitingIn(open)}`,
      tool_call_ids: open,
    })
  }
  return null
}

/** The rows of a request's messages, in the request's order. */
export const inOrder = (drafts: Draft[], rows: Map<string, MessageRow>): MessageRow[] =>
  drafts.flatMap(({ id }) => rows.get(id) ?? [])

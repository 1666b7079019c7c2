import type { Call } from '../../contract/caller.ts'
import { type Answer, refuse } from '../../contract/problem.ts'
import type { RunEnd, ThreadNote, ThreadPage, ThreadWrite } from '../../contract/thread.ts'
import { threadExtraOf } from '../../contract/thread.ts'
import type { MessageRow } from '../../storage/tables.ts'
import type { Core } from '../duties/core.ts'
import { toWrite } from '../log/access.ts'
import { entitleNow } from '../memory/asked.ts'
import type { Memory } from '../memory/memory.ts'
import type { Checkpoints, Rewrite } from './checkpoints.ts'
import { withThread } from './going-on.ts'
import { type ThreadPageRequest, threadPage } from './thread-page.ts'

export type { ThreadPageRequest }

/** How many scores a message may have. */
const SCORES = 16

/** What an assistant-ui client does to a message. */
export type ThreadAct =
  | { kind: 'write'; write: ThreadWrite }
  | { kind: 'rewrite'; rewrite: Rewrite }
  | { kind: 'heard'; lease: string }
  | { kind: 'end'; lease: string; reason: RunEnd }
  | { kind: 'note'; id: string; note: ThreadNote }

interface Threads extends Core {
  checkpoints: Checkpoints
  memory: Memory
}

export function actInThread(
  { log, checkpoints }: Threads,
  { caller }: Call,
  act: ThreadAct,
): Answer<{ id: string; isOpen: boolean }> {
  const access = toWrite(log.head(), caller)
  if (!access.ok) return access
  switch (act.kind) {
    case 'write':
      return checkpoints.write(access.head, caller, act.write)
    case 'rewrite':
      return checkpoints.rewrite(access.head, caller, act.rewrite)
    case 'heard':
      return checkpoints.heard(act.lease)
    case 'end':
      return checkpoints.end(caller, act.lease, act.reason)
    case 'note':
      return note(checkpoints, act.id, act.note)
  }
}

/** Keeps what a client thinks of a message; one that is in writing becomes a message first. */
function note({ keeping, writing }: Checkpoints, id: string, noted: ThreadNote) {
  const open = writing.byId(id)
  const refusal = open && keeping.busy()
  if (refusal) return refusal
  if (open) keeping.settle(open, 'silent', null)
  const row = keeping.parts.log.messageById(id)
  if (row === null || row.role === 'tool') return refuse('no-such-message')
  const whole = withNote(row, noted)
  if (whole === null) {
    return refuse('invalid-request', { detail: `A message has at most ${SCORES} scores.` })
  }
  if (JSON.stringify(whole.extra) !== JSON.stringify(row.extra)) keeping.change(row, whole)
  return { ok: true, id, isOpen: false } as const
}

function withNote(row: MessageRow, noted: ThreadNote): MessageRow | null {
  if (noted.kind === 'feedback') return withThread(row, { feedback: noted.feedback })
  const scores = { ...threadExtraOf(row)?.scores, [noted.name]: noted.score }
  return Object.keys(scores).length > SCORES ? null : withThread(row, { scores })
}

/** The conversation as such a client shows it, with what is being written. */
export const showThread = (
  { log, checkpoints, id }: Threads,
  { caller }: Call,
  request: ThreadPageRequest,
): Answer<ThreadPage> => threadPage(log, checkpoints.writing, { id, caller }, request)

export async function entitleThread(
  parts: Threads,
  { caller }: Call,
): Promise<Answer<{ title: string | null }>> {
  const access = toWrite(parts.log.head(), caller)
  return access.ok ? { ok: true, title: await entitleNow(parts, caller) } : access
}

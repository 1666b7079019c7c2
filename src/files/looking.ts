import { objectOf } from '../objects.ts'
import type { Kept } from './kept.ts'
import { type Ref, SETTLED_MS } from './tables.ts'

/** How long a conversation that does not answer is left alone. */
const AGAIN_MS = 60 * 60_000

/**
 * Asks conversations whether they still name files, and lets go of what none does. Only a conversation knows: it is asked
 * when no message that was on its way can arrive any more.
 */
export async function lookAt(env: Env, kept: Kept, refs: Ref[]): Promise<void> {
  for (const [conversationId, some] of Map.groupBy(refs, (ref) => ref.conversationId)) {
    const now = Date.now()
    const settled = some.filter(({ since }) => since + SETTLED_MS <= now)
    const others = some.filter(({ since }) => since + SETTLED_MS > now)
    for (const ref of others) kept.refs.look(ref, ref.since + SETTLED_MS)
    const named = await namedBy(env, conversationId, settled)
    kept.inOne(() => {
      for (const ref of settled) {
        if (named === null) kept.refs.look(ref, now + AGAIN_MS)
        else if (named.has(ref.fileId)) kept.refs.look(ref, null)
        else if (kept.refs.unrefer(ref)) kept.removeFile(ref.fileId, now)
      }
    })
  }
}

/** Whether any message names a file, or is about to. */
export async function isNamed(env: Env, kept: Kept, id: string): Promise<boolean> {
  await lookAt(env, kept, kept.refs.to(id))
  return kept.refs.to(id).length > 0
}

/** Which of some files a conversation names; null if it can't say. */
async function namedBy(env: Env, conversationId: string, refs: Ref[]): Promise<Set<string> | null> {
  if (refs.length === 0) return new Set()
  try {
    const answer = await objectOf(env, conversationId).names(refs.map(({ fileId }) => fileId))
    return answer.ok ? new Set(answer.named) : null
  } catch {
    return null
  }
}

import type { Draft } from '../../contract/message.ts'
import type { Series } from '../../contract/reply.ts'
import type { Head } from '../log/rows.ts'
import type { Standing } from './admission.ts'

/** How long after a request its client may send it again, in ms: the OpenAI client waits ten minutes for each answer. */
const AGAIN_MS = 60 * 60 * 1000
/** How many messages right after a named one are looked at. */
const CHILDREN = 20

interface Unnamed {
  drafts: Draft[]
  parent_id?: string | null | undefined
  reply_id?: string | undefined
  series?: Series | undefined
}

/**
 * A request with the ids that its messages and its reply have got before, if it was sent before: then it is the same
 * request again, and whatever keeps those from being kept twice holds for it. Sent before was what its client says it
 * sends again, if the same words stand where it wants them and nothing but their reply came after. So if somebody says
 * the same twice in a row, and the second request is refused or lost on its way, its retry is taken for the first.
 */
export function named<T extends Unnamed>(standing: Standing, head: Head, request: T): T {
  const { series, drafts, reply_id: replyId } = request
  if (!series?.isAgain) return request
  const before = [...idsBefore(standing, head, request)].find((id) => id.includes(series.key))
  const at = before === undefined ? -1 : before.indexOf(series.key) + series.key.length
  if (before === undefined) return request
  const nonce = before.slice(at, at + series.nonce.length)
  const again = (id: string) => id.replace(series.key + series.nonce, series.key + nonce)
  const renamed = drafts.map((draft) => ({ ...draft, id: again(draft.id) }))
  return { ...request, drafts: renamed, ...(replyId && { reply_id: again(replyId) }) }
}

/** The ids of what the same request can have brought, newest first. */
function* idsBefore(
  { log, current }: Standing,
  head: Head,
  { parent_id: parentId }: Unnamed,
): Generator<string> {
  if (current.running) yield current.running.id
  const since = Date.now() - AGAIN_MS
  const parent = parentId == null ? null : log.messageById(parentId)
  const seqs =
    parentId === undefined
      ? [head.headSeq]
      : log
          .childrenOf(parent?.seq ?? 0)
          .slice(-CHILDREN)
          .toReversed()
  const rows = seqs.flatMap((seq) => log.messageAt(seq) ?? [])
  for (const { id, createdAt } of rows) if (createdAt >= since) yield id
}

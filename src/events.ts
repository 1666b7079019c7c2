import { version } from '../package.json'
import { sendAlert } from './alerts.ts'
import type { Failure } from './contract/failure.ts'
import type { ProblemType } from './contract/problem.ts'

/**
 * What the business does, one structured line each. No event has a field for what people wrote: no content,
 * title, summary, metadata, token or query string, and no error's message, for libraries put such text there.
 */
export type Event =
  | { event: 'claimed'; conversation_id: string }
  | { event: 'cron-failed'; job: string; error: string }
  | { event: 'link-failed'; attempts: number; error: string }
  | { event: 'linked'; conversations: number; service: string | null }
  | { event: 'retention-passed-over'; conversations: number }
  | { event: 'erasure-overdue'; conversation_id: string }
  | {
      event: 'patrol'
      well: number
      behind: number
      ahead: number
      erasing: number
      absent: number
      unreachable: number
    }
  | {
      event: 'cron'
      archived: number
      claimed: number
      erased: number
      patrolled: number
      is_finished: boolean
      took_ms: number
    }
  | {
      event: 'imported'
      source: string
      imported: number
      unchanged: number
      failed: number
      is_complete: boolean
      bytes: number
      took_ms: number
    }
  | { event: 'import-failed'; error: string }
  /** The bucket of files did not let go of what is to go, or a file can't be handed over: it is tried again. */
  | { event: 'files-failed'; attempts: number; error: string }
  /** The bucket lacks the bytes of a file that stands. */
  | { event: 'alert'; alert: 'file-lost'; file_id: string }
  | { event: 'session-started' | 'session-renewed' | 'session-ended' }
  | {
      event: 'created' | 'archived' | 'restored'
      conversation_id: string
      owner: 'user' | 'session'
    }
  | {
      event: 'erased'
      conversation_id: string
      messages: number
      by: 'owner' | 'service' | 'retention'
      service: string | null
    }
  | { event: 'erased-all'; conversations: number; messages: number; service: string | null }
  | { event: 'erase-failed'; conversation_id: string; attempts: number; error: string }
  | {
      event: 'reconciled'
      service: string
      dry_run: boolean
      checked: number
      behind: number
      orphaned: number
      different: number
      replaced: number
      ahead: number
      unlinked: number
      failed: number
    }
  | { event: 'reconcile-failed'; conversation_id: string; error: string }
  | {
      event: 'message-deleted'
      conversation_id: string
      by: 'owner' | 'service'
      service: string | null
    }
  | { event: 'held' | 'released'; conversation_id: string; service: string | null }
  /** An endpoint does not take something: MODEL_COMPAT would say it at once. */
  | { event: 'model-quirk'; quirk: string }
  | {
      event: 'reply-finished'
      conversation_id: string
      reply_id: string
      outcome: 'completed' | 'interrupted' | 'failed'
      reason: string
      model: string | null
      tokens_used: number | null
      first_token_ms: number | null
      took_ms: number
      failure: Failure | null
    }
  | {
      event: 'flush-failed'
      conversation_id: string
      attempts: number
      backlog_messages: number
      backlog_ms: number
      error: string
    }
  | {
      event: 'alert'
      alert:
        | 'database-full'
        | 'flush-failing-for-an-hour'
        | 'flush-stuck'
        | 'log-incomplete'
        | 'record-ahead'
        | 'record-different'
      conversation_id: string
      backlog_ms: number
    }
  | { event: 'alert'; alert: 'database-filling'; bytes: number; percent: number }
  | { event: 'database-size'; bytes: number; percent: number }
  | { event: 'alert'; alert: 'cannot-migrate'; conversation_id: string; error: string }
  | { event: 'record-behind'; conversation_id: string; from_seq: number; to_seq: number }
  | {
      event: 'summarised'
      conversation_id: string
      summary_seq: number
      messages: number
      took_ms: number
    }
  | {
      event: 'memory-failed'
      conversation_id: string
      attempts: number
      error: string
      failure: Failure | null
    }
  /** An index could not be told, or could not ask; it is tried again. */
  | { event: 'index-failed'; conversation_id: string | null; error: string }
  | { event: 'reindexed'; service: string; conversations: number; of: number }
  /** The webhook of alerts could not be reached, or did not take one. */
  | { event: 'alert-failed'; status: number | null }
  | { event: 'duty-failed'; conversation_id: string; duty: string; error: string }
  | { event: 'limit-hit'; limit: ProblemType; route: string; caller: string }
  | {
      event: 'service-acted'
      service: string
      acting_for: string | null
      method: string
      route: string
      status: number
      conversation_id: string | null
    }
  | {
      event: 'exported' | 'export-left'
      format: string
      conversations: number
      messages: number
      left_out?: number
      took_ms: number
    }
  | { event: 'export-failed'; format: string; conversations: number; error: string }
  | { event: 'list-failed'; error: string }
  | { event: 'tokens-failed'; error: string }
  | { event: 'request-failed'; method: string; route: string; error: string }

export function log(event: Event & { request_id?: string }): void {
  const line = { ...event, version }
  const isTrouble = event.event === 'alert' || event.event.endsWith('-failed')
  if (isTrouble) console.error(line)
  else console.log(line)
  if (event.event === 'alert') {
    sendAlert({ ...event, version }, (status) => log({ event: 'alert-failed', status }))
  }
}

/** What may be said of an error: the names along its chain of causes, never a message. */
export function nameOf(error: unknown): string {
  const names: string[] = []
  for (let at = error; at instanceof Error && names.length < 5; at = at.cause) names.push(at.name)
  return names.join(' < ') || typeof error
}

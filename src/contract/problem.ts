import * as z from 'zod'

import { SettingError } from '../settings.ts'

/** RFC 9457. `type` is a stable identifier a client may branch on; `detail` is for people. */
export const ProblemBody = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string().optional(),
    errors: z
      .array(z.object({ pointer: z.string(), detail: z.string() }))
      .optional()
      .meta({
        description:
          'JSON pointers into the body (or `?name` of a query parameter, or the name of a header)',
      }),
    stored: z
      .array(z.string())
      .optional()
      .meta({ description: 'Ids of the messages of this request that are kept all the same' }),
    last_seq: z.int().optional(),
    summary_seq: z.int().optional(),
    reply_id: z.string().optional(),
    tool_call_ids: z.array(z.string()).optional(),
    problems: z
      .array(z.object({ setting: z.string(), detail: z.string() }))
      .optional()
      .meta({ description: 'Of GET /healthz: each setting or part that does not work' }),
    retry_after: z.int().optional().meta({ description: 'Seconds' }),
  })
  .meta({ id: 'Problem' })
export type ProblemBody = z.infer<typeof ProblemBody>
export type ProblemExtra = Omit<ProblemBody, 'type' | 'title' | 'status'>

/**
 * Every problem there is: its status, its title, and its type if that is not its key. The keys are the words of
 * every refusal.
 */
export const catalogue = {
  'malformed-json': [400, 'The body is not valid JSON'],
  unauthenticated: [401, 'Say who you are'],
  'invalid-token': [401, 'The token is not valid'],
  'invalid-ticket': [401, 'The ticket is not valid'],
  'cross-origin': [403, 'This origin may not use the session cookie'],
  'session-linked': [401, 'This session was handed to a user'],
  'not-permitted': [403, 'This caller may not do this'],
  'no-such-conversation': [404, 'No such conversation'],
  'no-such-file': [404, 'No such file'],
  'no-such-message': [404, 'No such message'],
  'no-such-token': [404, 'No such token'],
  'no-such-route': [404, 'No such route'],
  'no-such-problem': [404, 'No such problem'],
  'method-not-allowed': [405, 'This route does not take this method'],
  'id-taken': [409, 'This conversation id is taken'],
  'conversation-started': [409, 'The conversation has other messages already'],
  'session-taken': [409, 'This session was handed to another user', 'session-linked'],
  'key-taken': [409, 'Another request had this Idempotency-Key'],
  'message-id-taken': [409, 'A message with this id and another content exists'],
  'file-in-use': [409, 'A message names this file'],
  'message-kept': [409, 'This message is kept as it was said'],
  'run-ended': [409, 'This run has ended'],
  'lease-mismatch': [409, 'This lease is of another message'],
  'on-hold': [409, 'The conversation is on hold'],
  'summary-behind': [409, 'A summary that covers more exists already'],
  'seq-mismatch': [409, 'The conversation has moved on'],
  'conversation-busy': [409, 'A reply is running'],
  'nothing-to-answer': [409, 'No message waits for a reply'],
  'tool-calls-outstanding': [409, 'Tool calls wait for their results'],
  'reply-stopped': [409, 'The reply was stopped before it said anything'],
  'moved-on': [409, 'The conversation has moved on since this request'],
  'body-too-large': [413, 'The body is too large'],
  'over-quota': [413, 'This owner has stored as much as is allowed'],
  'unsupported-media-type': [415, 'Send JSON with content-type: application/json'],
  'range-not-satisfiable': [416, 'The file has no such range'],
  'invalid-request': [422, 'The request is not valid'],
  'unsupported-parameter': [422, 'Hilo does not do this'],
  'too-many-conversations': [429, 'This session has as many conversations as is allowed'],
  'upgrade-required': [426, 'This is a WebSocket'],
  'too-many-sockets': [429, 'You have too many WebSockets in this conversation'],
  'too-many-streams': [429, 'You follow this reply too often at once'],
  'rate-limited': [429, 'Too many requests'],
  'internal-error': [500, 'Something failed on our side'],
  'no-search': [501, 'This deployment has no search'],
  'not-served': [501, 'Hilo does not serve this'],
  'no-model': [501, 'This deployment generates nothing itself'],
  'no-files': [501, 'This deployment keeps no files'],
  'model-failed': [502, 'The model gave no reply'],
  'not-configured': [503, 'This deployment is not configured for this'],
  'model-overloaded': [503, 'The model is overloaded'],
  'try-again': [503, 'This cannot be reached right now'],
  'model-timeout': [504, 'The model took too long'],
} as const satisfies Record<string, readonly [status: number, title: string, type?: string]>

export type ProblemType = keyof typeof catalogue

/** What the object answers if it refuses: classes thrown across RPC arrive as a bare Error. */
export type Refusal = { ok: false; why: ProblemType } & ProblemExtra
export type Answer<T> = ({ ok: true } & T) | Refusal

export const refuse = (why: ProblemType, extra: ProblemExtra = {}): Refusal => ({
  ok: false,
  why,
  ...extra,
})

/** The refusal for a setting that makes no sense; throws every other error on. */
export function refuseSetting(error: unknown, more = ''): Refusal {
  if (!(error instanceof SettingError)) throw error
  return refuse('not-configured', { detail: `${error.message}${more}` })
}

export function problemBody(type: ProblemType, extra: ProblemExtra): ProblemBody {
  const [status, title, name = type]: readonly [number, string, string?] = catalogue[type]
  return { type: `/problems/${name}`, title, status, ...extra }
}

/** The refusal of what can't be done while a reply runs. */
export const busy = (replyId: string): Refusal =>
  refuse('conversation-busy', {
    detail: 'A reply is running. Nothing of this request was stored.',
    reply_id: replyId,
    retry_after: 2,
  })

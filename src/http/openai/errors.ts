import type { Context } from 'hono'
import * as z from 'zod'

import { type ProblemBody, type ProblemType, catalogue } from '../../contract/problem.ts'
import type { EncodeProblem } from '../frame/problem.ts'
import { sentences } from '../frame/sentences.ts'

export const ErrorBody = z
  .object({
    error: z.object({
      message: z.string(),
      type: z.string(),
      param: z.string().nullable(),
      code: z.string().nullable(),
    }),
  })
  .meta({ id: 'OpenAIError' })

/** Codes that clients know by another name than Hilo's. */
const codes: Record<string, string> = {
  'conversation-busy': 'conversation_locked',
  'invalid-request': 'invalid_value',
  'invalid-token': 'invalid_api_key',
  'rate-limited': 'rate_limit_exceeded',
  unauthenticated: 'invalid_api_key',
}

/** What the same request again can not mend, though the client would repeat its status: it waits for a while and fails then. */
const final = [
  'id-taken',
  'key-taken',
  'message-id-taken',
  'moved-on',
  'no-model',
  'not-configured',
  'nothing-to-answer',
  'on-hold',
  'seq-mismatch',
  'session-linked',
  'too-many-conversations',
  'tool-calls-outstanding',
]

const statusOf = (status: number): number => (status === 422 ? 400 : status)

function typeOf(status: number): string {
  if (status === 403) return 'permission_error'
  if (status === 429) return 'rate_limit_error'
  return status >= 500 ? 'server_error' : 'invalid_request_error'
}

/** A problem as OpenAI says it. A busy conversation stays a 409, for the client waits and tries that again by itself. */
export const openaiError: EncodeProblem = (problem, c) => {
  const name = problem.type.replace('/problems/', '')
  const [first] = problem.errors ?? []
  const isFinal = final.includes(name)
  return {
    status: statusOf(problem.status),
    body: {
      error: {
        message: messageOf(problem, c),
        type: typeOf(problem.status),
        param: (first && paramOf(first.pointer, c)) || null,
        code: codes[name] ?? name.replaceAll('-', '_'),
      },
    },
    ...(isFinal && { headers: { 'x-should-retry': 'false' } }),
  }
}

function messageOf({ title, detail, errors = [] }: ProblemBody, c: Context): string {
  const faults = errors.map((error) =>
    [paramOf(error.pointer, c), error.detail].filter(Boolean).join(': '),
  )
  return sentences(title, ...faults, detail)
}

/** `/input/0/content` as `input[0].content`. Messages are items here; empty for what only Hilo has a name for. */
function paramOf(pointer: string, c: Context): string {
  const isResponse = c.req.path.startsWith('/v1/responses')
  return pointer
    .replace(/^\/messages(?=\/|$)/, isResponse ? '/input' : '/items')
    .replace(/^\/parent_id$/, '/previous_response_id')
    .replace(/^\/reply_id$/, '')
    .replace(/\/tool_call_id$/, '/call_id')
    .replace(/\/parts\/(\d+)\/(image_url|file)\//, '/content/$1/')
    .replace(/^[/?]/, '')
    .replaceAll(/\/(\d+)(?=\/|$)/g, '[$1]')
    .replaceAll('/', '.')
}

/** The problems that a route may answer with, by status. */
export function errors(...types: ProblemType[]): Record<number, object> {
  const all = [...types, 'internal-error'] as const
  const byStatus = Map.groupBy(all, (type) => statusOf(catalogue[type][0]))
  return Object.fromEntries(
    [...byStatus].map(([status, some]) => [
      status,
      {
        description: some.map((type) => catalogue[type][1]).join('; '),
        content: { 'application/json': { schema: ErrorBody } },
      },
    ]),
  )
}

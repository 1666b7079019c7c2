import * as z from 'zod'

import { type ProblemBody, type ProblemType, catalogue } from '../../contract/problem.ts'
import type { EncodeProblem } from '../frame/problem.ts'
import { sentences } from '../frame/sentences.ts'

export const ErrorBody = z
  .looseObject({
    jsonrpc: z.literal('2.0'),
    error: z.looseObject({ code: z.int(), message: z.string() }),
  })
  .meta({ id: 'McpError' })

// What is right HTTP and JSON, and not what the protocol takes, is a 400 there.
const statusOf = (status: number): number => (status === 422 ? 400 : status)

function codeOf(status: number): number {
  if (status === 400) return -32_600
  return status >= 500 ? -32_603 : -32_000
}

/** What is refused before a tool is called, as JSON-RPC says it; `data` is the problem. */
export const mcpError: EncodeProblem = (problem) => {
  const status = statusOf(problem.status)
  const isJson = problem.type !== '/problems/malformed-json'
  const code = isJson ? codeOf(status) : -32_700
  const error = { code, message: inWords(problem), data: problem }
  return { status, body: { jsonrpc: '2.0', id: null, error } }
}

/** A problem for who reads words: a model, mostly. */
export function inWords({ title, detail, errors = [], retry_after: wait }: ProblemBody): string {
  const faults = errors.map((error) => `${error.pointer.replace(/^[?/]/, '')}: ${error.detail}`)
  const again = wait === undefined ? undefined : `Try again in ${wait} s.`
  return sentences(title, detail, ...faults, again)
}

/** The problems that are said before a tool is called, by status. */
export function errors(...types: ProblemType[]): Record<number, object> {
  const byStatus = Map.groupBy(types, (type) => statusOf(catalogue[type][0]))
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

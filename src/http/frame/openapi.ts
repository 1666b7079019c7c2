import { OpenAPIHono, createRoute, type z } from '@hono/zod-openapi'

import { ProblemBody, type ProblemType, catalogue } from '../../contract/problem.ts'
import type { HonoEnv } from '../caller/caller.ts'
import { Problem } from './problem.ts'

export { createRoute }

/** Routes whose bad input is answered with a problem. Every path works with and without a trailing slash. */
export const routes = () =>
  new OpenAPIHono<HonoEnv>({
    strict: false,
    defaultHook: (result) => {
      if (result.success) return
      // A path that is no id names no conversation: the same answer as for one that is not there.
      if (result.target === 'param') throw new Problem('no-such-conversation')
      throw Problem.invalid(result.error, result.target)
    },
  })

export const json = <T extends z.ZodType>(schema: T, description: string) => ({
  description,
  content: { 'application/json': { schema } },
})

/** The example is what the reference proposes to send: one made of the schema would fill in everything at once. */
export const bodyOf = <T extends z.ZodType>(schema: T, example: z.input<T>) => ({
  body: { required: true, content: { 'application/json': { schema, example } } },
})

const nameOf = (type: ProblemType): string => {
  const [, , name = type]: readonly [number, string, string?] = catalogue[type]
  return name
}

const problem = <C extends object>(types: ProblemType[], content: C) => ({
  description: types.map((type) => `\`${nameOf(type)}\`: ${catalogue[type][1]}`).join('; '),
  content,
})

/** The problems that a route of a protocol may answer with, by status, and in the protocol's own form. */
export function problemsIn<C extends object>(content: C, types: ProblemType[]) {
  const all = [...new Set([...types, 'internal-error'] as const)]
  const byStatus = Map.groupBy(all, (type) => catalogue[type][0])
  const described = [...byStatus].map(([status, some]) => [status, problem(some, content)])
  return Object.fromEntries(described) as Record<number, ReturnType<typeof problem<C>>>
}

/** The problems that a route may answer with, by status. */
export const problems = (...types: ProblemType[]) =>
  problemsIn({ 'application/problem+json': { schema: ProblemBody } }, types)

/** What every call about conversations may be refused for. */
export const forCallers = [
  'unauthenticated',
  'invalid-token',
  'cross-origin',
  'not-permitted',
  'rate-limited',
  'invalid-request',
  'not-configured',
  'try-again',
] as const satisfies ProblemType[]

export const forBodies = [
  'malformed-json',
  'body-too-large',
  'unsupported-media-type',
  'rate-limited',
] as const satisfies ProblemType[]

export const security: Record<string, string[]>[] = [{ bearer: [] }, { cookie: [] }]

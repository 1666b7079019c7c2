import type { ProblemBody } from '../../contract/problem.ts'
import { problems } from '../frame/openapi.ts'
import type { EncodeProblem } from '../frame/problem.ts'
import { sentences } from '../frame/sentences.ts'

/** What helps, where title and detail do not say it. */
const advice: Record<string, string> = {
  '/problems/conversation-busy': 'Wait until it has ended, or stop it, and send again.',
}

/** A problem in words. These clients show people the body of an answer as it stands. */
export function inWords({ type, title, detail, errors = [] }: ProblemBody): string {
  return sentences(title, detail, advice[type], ...errors.map(namedIn))
}

/** Fields that these clients do not have: their ids are made here. */
const unsent = ['', '/reply_id', '/parent_id']

const namedIn = ({ detail, pointer }: { detail: string; pointer: string }): string =>
  unsent.includes(pointer) ? detail : `${detail} (${pointer})`

/** Everything that is refused beneath `/api/chat`: a short text, and its name in a header. */
export const asText: EncodeProblem = (problem) => ({ body: inWords(problem) })

/** The problems that a route of this room may answer with, by status. */
export const textProblems = (...types: Parameters<typeof problems>) =>
  Object.fromEntries(
    Object.entries(problems(...types)).map(([status, { description }]) => [
      status,
      { description, content: { 'text/plain': { schema: { type: 'string' as const } } } },
    ]),
  )

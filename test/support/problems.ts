import type { ProblemBody } from '../../src/contract/problem.ts'

/** The problem in an answer. Throws if it is not a problem, or names another status than the answer's. */
export async function problemOf(answer: Response | Promise<Response>): Promise<ProblemBody> {
  const response = await answer
  const text = await response.text()
  const type = response.headers.get('content-type')
  // A protocol says problems in its own shape, as JSON.
  if (!/^application\/(problem\+)?json$/.test(type ?? ''))
    throw new Error(`no problem: ${type} ${text}`)
  const problem = JSON.parse(text) as ProblemBody
  if (problem.status !== response.status) throw new Error(`${response.status}, but says ${text}`)
  return problem
}

/** What of a request is not valid, in the words of its problem. */
export const pointersOf = ({ errors = [] }: ProblemBody): string[] =>
  errors.map(({ pointer }) => pointer)

/** The answer of a conversation that does not exist, to any caller. */
export const notThere = { status: 404, type: '/problems/no-such-conversation' }

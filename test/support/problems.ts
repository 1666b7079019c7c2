import type { ProblemBody } from '../../src/contract/problem.ts'

/** The problem that an answer is; throws if it is none, or says another status than it has. */
export async function problemOf(answer: Response | Promise<Response>): Promise<ProblemBody> {
  const response = await answer
  const text = await response.text()
  const type = response.headers.get('content-type')
  if (type !== 'application/problem+json') throw new Error(`no problem: ${type} ${text}`)
  const problem = JSON.parse(text) as ProblemBody
  if (problem.status !== response.status) throw new Error(`${response.status}, but says ${text}`)
  return problem
}

/** What of a request is not valid, in the words of its problem. */
export const pointersOf = ({ errors = [] }: ProblemBody): string[] =>
  errors.map(({ pointer }) => pointer)

/** What is said of a conversation that is not there, whoever asks. */
export const notThere = { status: 404, type: '/problems/no-such-conversation' }

import type { ProblemBody } from '../../src/contract/problem.ts'

/** The problem in an answer. Throws if it is not a problem, or names another status than the answer's. */
export async function problemOf(answer: Response | Promise<Response>): Promise<ProblemBody> {
  const response = await answer
  const text = await response.text()
  const type = response.headers.get('content-type')
  if (type === 'application/json' && text.startsWith('{"error":')) return inOpenAI(response, text)
  if (type !== 'application/problem+json') throw new Error(`no problem: ${type} ${text}`)
  const problem = JSON.parse(text) as ProblemBody
  if (problem.status !== response.status) throw new Error(`${response.status}, but says ${text}`)
  return problem
}

const names: Record<string, string> = {
  conversation_locked: 'conversation-busy',
  invalid_api_key: 'invalid-token',
  invalid_value: 'invalid-request',
  rate_limit_exceeded: 'rate-limited',
}

/** The same as OpenAI says it, in which a 422 is a 400, and a pointer the name of a parameter. */
function inOpenAI({ status }: Response, text: string): ProblemBody {
  const { error } = JSON.parse(text) as { error: Said }
  const type = `/problems/${names[error.code] ?? error.code.replaceAll('_', '-')}`
  const told = { type, title: error.type, detail: error.message }
  if (error.param === null) return { ...told, status }
  const pointer = `/${error.param.replaceAll(/\[(\d+)\]/g, '/$1').replaceAll('.', '/')}`
  const detail = error.message.split(`${error.param}: `)[1]?.replace(/\.$/, '') ?? error.message
  return { ...told, status: status === 400 ? 422 : status, errors: [{ pointer, detail }] }
}
interface Said {
  message: string
  type: string
  code: string
  param: string | null
}

/** What of a request is not valid, in the words of its problem. */
export const pointersOf = ({ errors = [] }: ProblemBody): string[] =>
  errors.map(({ pointer }) => pointer)

/** The answer of a conversation that does not exist, to any caller. */
export const notThere = { status: 404, type: '/problems/no-such-conversation' }

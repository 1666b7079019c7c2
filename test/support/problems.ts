import { type ProblemBody, catalogue } from '../../src/contract/problem.ts'

/** The problem in an answer. Throws if it is not a problem, or names another status than the answer's. */
export async function problemOf(answer: Response | Promise<Response>): Promise<ProblemBody> {
  const response = await answer
  const { status, headers } = response
  return problemIn({ status, headers: [...headers], body: await response.text() })
}

/** The same of an answer that was read: as JSON, or in words with its name in a header. */
export function problemIn({ status, headers, body }: Read): ProblemBody {
  const { 'content-type': type, 'hilo-problem': name } = Object.fromEntries(headers)
  if (name !== undefined) return problemInWords(name, status, body)
  if (body.startsWith('{"error":{')) return inOpenAI({ status, headers, body })
  if (body.startsWith('{"jsonrpc":')) return inRpc({ status, body })
  // A protocol says problems in its own shape, as JSON.
  if (!/^application\/(problem\+)?json$/.test(type ?? ''))
    throw new Error(`no problem: ${type} ${body}`)
  const problem = JSON.parse(body) as ProblemBody
  if (problem.status !== status) throw new Error(`${status}, but says ${body}`)
  return problem
}

interface Read {
  status: number
  headers: [string, string][]
  body: string
}

function problemInWords(type: string, status: number, text: string): ProblemBody {
  const titles = Object.values(catalogue).map(([, title]) => title)
  const title = titles.find((one) => text.startsWith(`${one}.`)) ?? ''
  const errors = [...text.matchAll(/([^.()]+) \(([?/][^)]*)\)\./g)].map(
    ([, said = '', pointer = '']) => ({ detail: said.trim(), pointer }),
  )
  const detail = text
    .slice(title.length + 1)
    .replaceAll(/[^.()]+ \([?/][^)]*\)\./g, '')
    .trim()
  return { type, title, status, ...(detail && { detail }), ...(errors.length > 0 && { errors }) }
}

const names: Record<string, string> = {
  conversation_locked: 'conversation-busy',
  invalid_api_key: 'invalid-token',
  invalid_value: 'invalid-request',
  rate_limit_exceeded: 'rate-limited',
}

/** The same as OpenAI says it, in which a 422 is a 400, and a pointer the name of a parameter. */
function inOpenAI({ status, body: text }: Read): ProblemBody {
  const { error } = JSON.parse(text) as { error: Said }
  const type = `/problems/${names[error.code] ?? error.code.replaceAll('_', '-')}`
  const told = { type, title: error.type, detail: error.message }
  if (error.param === null) return { ...told, status }
  const pointer = `/${error.param.replaceAll(/\[(\d+)\]/g, '/$1').replaceAll('.', '/')}`
  const detail = error.message.split(`${error.param}: `)[1]?.replace(/\.$/, '') ?? error.message
  return { ...told, status: status === 400 ? 422 : status, errors: [{ pointer, detail }] }
}
/** The same of MCP, which has the problem in what it says; a 422 is a 400 there. */
function inRpc({ status, body }: Pick<Read, 'status' | 'body'>): ProblemBody {
  const { data } = (JSON.parse(body) as { error: { data: ProblemBody } }).error
  if (status !== (data.status === 422 ? 400 : data.status)) throw new Error(`${status}: ${body}`)
  return data
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

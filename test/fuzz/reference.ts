import * as z from 'zod'

import { bodyOf, send } from '../support/api.ts'

interface Media {
  schema?: object
  example?: unknown
}

interface Described {
  requestBody?: { content: Record<string, Media> }
  parameters?: { name: string; in: string; schema: object }[]
  responses: Record<string, { content?: Record<string, Media> }>
}

interface Document {
  paths: Record<string, Record<string, Described>>
  components: { schemas: Record<string, object> }
}

/** A route as its reference describes it. */
export interface Promised {
  method: string
  path: string
  query: string[]
  /** A body that it takes. */
  example: unknown
  /** What is wrong with an answer; null if it is as promised. */
  fault: (status: number, type: string, body: string) => string | null
}

const PREFIX = '#/components/schemas/'

export async function promises(): Promise<Promised[]> {
  const { paths, components } = await bodyOf<Document>(send('/openapi.json'))
  const inlined = (schema: unknown): unknown => {
    if (typeof schema !== 'object' || schema === null) return schema
    if (Array.isArray(schema)) return schema.map(inlined)
    const { $ref } = schema as { $ref?: string }
    if ($ref !== undefined) return inlined(components.schemas[$ref.slice(PREFIX.length)])
    return Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, inlined(value)]))
  }
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, described]) => ({
      method: method.toUpperCase(),
      path,
      query: (described.parameters ?? []).flatMap(({ name, in: where }) =>
        where === 'query' ? [name] : [],
      ),
      example: Object.values(described.requestBody?.content ?? {})[0]?.example,
      fault: judge(described, inlined),
    })),
  )
}

function judge(described: Described, inlined: (schema: unknown) => unknown): Promised['fault'] {
  const schemas = new Map<string, z.ZodType>()
  return (status, type, body) => {
    // A path that the id has made another one: the reference says so once, for all of them.
    if (/"(\/problems\/)?(no.such.route|method.not.allowed)"/.test(body)) return null
    const promised = described.responses[String(status)]
    if (!promised) return `${status} is not among its answers`
    const media = Object.entries(promised.content ?? {})
    if (media.length === 0) return body === '' ? null : 'an answer without a body has one'
    const found = media.find(([name]) => name === '*/*' || type.startsWith(name))
    if (!found) return `${type} is not among what it answers ${status} with`
    if (!type.includes('json') || /ndjson|jsonl/.test(type)) return null
    const key = `${status} ${found[0]}`
    const schema = schemas.get(key) ?? z.fromJSONSchema(inlined(found[1].schema ?? {}) as never)
    schemas.set(key, schema)
    const parsed = schema.safeParse(JSON.parse(body))
    return parsed.success ? null : `${status}: ${z.prettifyError(parsed.error)}`
  }
}

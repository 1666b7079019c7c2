import type { Context, MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'

import { isDeeper } from '../../contract/depth.ts'
import { BODY_BYTES, IMPORT_BYTES, JSON_DEPTH } from '../../contract/limits.ts'
import { Problem, pointerTo } from './problem.ts'

const limitBody = bodyLimit({
  maxSize: BODY_BYTES,
  onError: () => {
    throw new Problem('body-too-large', {
      detail: `A body may have ${BODY_BYTES} bytes. Nothing was stored; send less at a time.`,
    })
  },
})

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false })

/** Whether a content type is one of JSON. */
export const isJson = (type: string | undefined): boolean =>
  /^application\/([\w.-]+\+)?json *(;|$)/i.test(type ?? '')

// A body is JSON in UTF-8. One that is not is refused, if decoding alone would change it in silence.
const requireJson: MiddlewareHandler = async (c, next) => {
  if (c.req.raw.body === null) return next()
  const bytes = await c.req.arrayBuffer()
  if (bytes.byteLength === 0) return next()
  if (!isJson(c.req.header('content-type'))) throw new Problem('unsupported-media-type')
  let body: unknown
  try {
    body = JSON.parse(utf8.decode(bytes))
  } catch {
    throw new Problem('malformed-json', { detail: 'Send JSON, encoded as UTF-8.' })
  }
  refuseDeep(body)
  // Else it is decoded once more, by way of a response, and parsed once more.
  Object.assign(c.req, { json: async () => body })
  return next()
}

/** Bytes of a form with a file, which is read as a whole. */
const FORM_BYTES = 32 * 1024 * 1024

export const limitForm = bodyLimit({
  maxSize: FORM_BYTES,
  onError: () => {
    const detail = `A form may have ${FORM_BYTES} bytes. Nothing was stored; larger files go to POST /api/files.`
    throw new Problem('body-too-large', { detail })
  },
})

const isFileItself = ({ req }: Context): boolean =>
  /^\/(api\/(import|files|files\/[^/]+\/content)|v1\/files)\/?$/.test(req.path)

/** Reads a body, all but a file that is kept or imported: that is read as it comes, and may be larger. */
export const readBody: MiddlewareHandler = (c, next) =>
  isFileItself(c) ? next() : limitBody(c, async () => void (await requireJson(c, next)))

// Validators, and what a body is sent on by, walk it by recursion.
function refuseDeep(body: unknown): void {
  if (!isDeeper(body, JSON_DEPTH)) return
  const deep = Object.entries(body as object).filter(([, value]) => isDeeper(value, JSON_DEPTH - 1))
  const detail = `Nested deeper than ${JSON_DEPTH} levels`
  const errors = deep.map(([key]) => ({ pointer: pointerTo([key]), detail }))
  throw new Problem('invalid-request', { detail: 'Nothing was stored.', errors })
}

const isFile = (type: string): boolean =>
  isJson(type) ||
  /^application\/(x-ndjson|ndjson|jsonl|octet-stream|zip|x-zip-compressed) *(;|$)/i.test(type)

/** A file that is read as it comes: nothing of it may be read before. */
export const requireFile: MiddlewareHandler = async (c, next) => {
  const type = c.req.header('content-type')
  if (type !== undefined && !isFile(type)) {
    const detail =
      'Or application/jsonl, application/x-ndjson, application/zip or application/octet-stream. Nothing was stored.'
    throw new Problem('unsupported-media-type', { detail })
  }
  if (Number(c.req.header('content-length') ?? 0) > IMPORT_BYTES) {
    throw new Problem('body-too-large', {
      detail: `A file may have ${IMPORT_BYTES} bytes. Nothing was stored; send it in parts.`,
    })
  }
  await next()
}

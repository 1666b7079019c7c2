import type { MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'

import { BODY_BYTES, IMPORT_BYTES } from '../contract/limits.ts'
import { Problem } from './problem.ts'

export const limitBody = bodyLimit({
  maxSize: BODY_BYTES,
  onError: () => {
    throw new Problem('body-too-large', {
      detail: `A body may have ${BODY_BYTES} bytes. Nothing was stored; send less at a time.`,
    })
  },
})

const isJson = (type: string | undefined): boolean =>
  /^application\/([\w.-]+\+)?json *(;|$)/i.test(type ?? '')

/** A body is JSON in UTF-8. One that is not is refused, where decoding alone would change it in silence. */
export const requireJson: MiddlewareHandler = async (c, next) => {
  if (c.req.raw.body === null) return next()
  const bytes = await c.req.arrayBuffer()
  if (bytes.byteLength === 0) return next()
  if (!isJson(c.req.header('content-type'))) throw new Problem('unsupported-media-type')
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes)
    JSON.parse(text)
    // Else it is decoded once more, by way of a response.
    Object.assign(c.req.bodyCache, { text: Promise.resolve(text) })
  } catch {
    throw new Problem('malformed-json', { detail: 'Send JSON, encoded as UTF-8.' })
  }
  return next()
}

const isFile = (type: string): boolean =>
  isJson(type) || /^application\/(x-ndjson|ndjson|jsonl|octet-stream) *(;|$)/i.test(type)

/** A file that is read as it comes: nothing of it may be read before. */
export const requireFile: MiddlewareHandler = async (c, next) => {
  const type = c.req.header('content-type')
  if (type !== undefined && !isFile(type)) {
    const detail = 'Or application/x-ndjson, or application/octet-stream. Nothing was stored.'
    throw new Problem('unsupported-media-type', { detail })
  }
  if (Number(c.req.header('content-length') ?? 0) > IMPORT_BYTES) {
    throw new Problem('body-too-large', {
      detail: `A file may have ${IMPORT_BYTES} bytes. Nothing was stored; send it in parts.`,
    })
  }
  await next()
}

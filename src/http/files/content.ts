import type { Context } from 'hono'

import { type FileRow, isShown } from '../../contract/file.ts'
import { log } from '../../events.ts'
import { filesAt } from '../../objects.ts'
import { type HonoEnv, requireOwner } from '../caller/caller.ts'
import { askFiles, insist } from '../frame/ask.ts'
import { REVALIDATED } from '../frame/headers.ts'
import { Problem, tryAgain } from '../frame/problem.ts'
import { requireBucket } from './keep.ts'

/** The bytes of a file, or some of them, as a browser may show them. */
export async function serveContent(c: Context<HonoEnv>, id: string): Promise<Response> {
  const file = await fileOf(c, id)
  if (file === null) throw new Problem('no-such-file')
  const etag = `"${file.sha256}"`
  for (const [name, value] of Object.entries(headersOf(file, etag))) c.header(name, value)
  if (matches(c.req.header('if-none-match'), etag)) return c.body(null, 304)
  const range = rangeOf(c, file.bytes, etag)
  const length = range ? range.length : file.bytes
  c.header('content-length', String(length))
  if (range) {
    const end = range.offset + range.length - 1
    c.header('content-range', `bytes ${range.offset}-${end}/${file.bytes}`)
  }
  const status = range ? 206 : 200
  if (c.req.raw.method === 'HEAD') return c.body(null, status)
  return c.body(await bytesOf(c, file, range), status)
}

/** The file, for who shows its address, or is its owner. */
async function fileOf(c: Context<HonoEnv>, id: string): Promise<FileRow | null> {
  const store = c.get('store')
  if (store !== undefined) return insist(() => filesAt(c.env, store).open(id))
  const owner = requireOwner(c.get('caller'))
  return askFiles(c, owner, (files) => files.open(id, 'owner'))
}

const headersOf = ({ type, name }: FileRow, etag: string): Record<string, string> => ({
  'content-type': type === 'text/plain' ? 'text/plain; charset=utf-8' : type,
  'content-disposition': `${isShown(type) ? 'inline' : 'attachment'}${name === null ? '' : named(name)}`,
  // Nothing of it runs, whatever it is, and wherever it is opened.
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; media-src 'self'; frame-ancestors 'none'; sandbox",
  'x-content-type-options': 'nosniff',
  // Pages of other origins show it, if they have its address.
  'cross-origin-resource-policy': 'cross-origin',
  'accept-ranges': 'bytes',
  // Asked for each time, so that it is gone when it is gone; what a browser has already is not sent again.
  'cache-control': REVALIDATED,
  etag,
})

const named = (name: string): string => {
  const ascii = name.replaceAll(/[^\x20-\x7E]|["\\]/g, '_')
  const encoded = encodeURIComponent(name).replaceAll(
    /['()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16)}`,
  )
  return `; filename="${ascii}"; filename*=UTF-8''${encoded}`
}

const matches = (header: string | undefined, etag: string): boolean =>
  (header ?? '').split(',').some((one) => ['*', etag].includes(one.trim().replace(/^W\//, '')))

/** The one range that is asked for; null for all of it. A form that is not known is not heard, as RFC 9110 says. */
function rangeOf(
  c: Context<HonoEnv>,
  size: number,
  etag: string,
): { offset: number; length: number } | null {
  const [, from = '', to = ''] = /^bytes=(\d*)-(\d*)$/.exec(c.req.header('range') ?? '') ?? []
  const ifRange = c.req.header('if-range')
  if (`${from}${to}` === '' || (ifRange !== undefined && ifRange !== etag)) return null
  const isSuffix = from === ''
  const offset = isSuffix ? Math.max(0, size - Number(to)) : Number(from)
  const end = isSuffix || to === '' ? size - 1 : Math.min(Number(to), size - 1)
  if (!isSuffix && to !== '' && Number(to) < offset) return null
  if (offset > end) {
    throw new Problem('range-not-satisfiable', {}, { 'content-range': `bytes */${size}` })
  }
  return { offset, length: end - offset + 1 }
}

async function bytesOf(
  c: Context<HonoEnv>,
  { id, key }: FileRow,
  range: { offset: number; length: number } | null,
): Promise<ReadableStream> {
  const bucket = requireBucket(c.env)
  const object = await bucket.get(key, range ? { range } : {}).catch(() => {
    throw tryAgain('The file can not be read right now.')
  })
  if (object) return object.body
  log({ event: 'alert', alert: 'file-lost', file_id: id })
  throw tryAgain('The file can not be read right now.')
}

import type { Context } from 'hono'
import * as z from 'zod'

import { FILE_NAME_LENGTH, isFileId } from '../../contract/file.ts'
import { Text } from '../../contract/text.ts'
import { endOf, uploadAddressOf } from '../../files/address.ts'
import { filesOf } from '../../objects.ts'
import { type HonoEnv, requireOwner } from '../caller/caller.ts'
import { requireBucket } from '../files/keep.ts'
import { addresses } from '../files/shown.ts'
import { idIn } from '../files/take.ts'
import { askFiles } from '../frame/ask.ts'
import { bodyOf, createRoute, json, routes, security } from '../frame/openapi.ts'
import { Problem, granted } from '../frame/problem.ts'
import { limitReads, limitWrites } from '../frame/rate-limits.ts'
import { refusals, tags } from './openapi.ts'
import { ROOT } from './problems.ts'

const shared = { tags, security, method: 'post' as const }

const upload = createRoute({
  ...shared,
  operationId: 'assistantUiUploadUrl',
  summary: 'An address at which a file can be put, and one at which it is read then',
  path: `${ROOT}/v1/files/attachments/generate-presigned-upload-url`,
  middleware: [limitWrites] as const,
  request: bodyOf(
    z.object({ filename: Text.max(FILE_NAME_LENGTH) }).meta({ id: 'AssistantUiNewUpload' }),
    { filename: 'photo.png' },
  ),
  responses: {
    200: json(
      z
        .object({
          success: z.literal(true),
          signedUrl: z
            .string()
            .meta({ description: 'Put the bytes here, once. It needs no token' }),
          expiresAt: z.iso.datetime(),
          publicUrl: z.string().meta({
            description:
              'A message that has it names the file, and shows an address of its own each time it is read',
          }),
          key: z.string().meta({ description: 'The id of the file' }),
        })
        .meta({ id: 'AssistantUiUpload' }),
      'Good for an hour or two',
    ),
    ...refusals('over-quota', 'session-linked', 'no-files'),
  },
})

const download = createRoute({
  ...shared,
  operationId: 'assistantUiDownloadUrl',
  summary: 'A new address for a file',
  path: `${ROOT}/v1/files/attachments/generate-presigned-download-url`,
  middleware: [limitReads] as const,
  request: bodyOf(
    z
      .union([z.object({ key: z.string() }), z.object({ url: z.string() })])
      .meta({ id: 'AssistantUiDownloadRequest' }),
    { key: `file_${'0'.repeat(32)}` },
  ),
  responses: {
    200: json(
      z
        .object({ signedUrl: z.string(), expiresAt: z.iso.datetime(), key: z.string() })
        .meta({ id: 'AssistantUiDownload' }),
      'Good for an hour or two',
    ),
    ...refusals('no-such-file', 'no-files'),
  },
})

const pages = createRoute({
  ...shared,
  operationId: 'assistantUiPdfToImages',
  summary: 'Not served',
  path: `${ROOT}/v1/files/pdf-to-images`,
  middleware: [limitWrites] as const,
  responses: refusals('not-served'),
})

const endsAt = (expires: number): string => new Date(expires * 1000).toISOString()

export const fileRoutes = routes()
  .openapi(upload, async (c) => {
    const owner = requireOwner(c.get('caller'))
    requireBucket(c.env)
    const { filename: name } = c.req.valid('json')
    const { id } = granted(await askFiles(c, owner, (files) => files.begin(0)))
    const expires = endOf(Date.now())
    const store = filesOf(c.env, owner).id.toString()
    const { origin } = new URL(c.req.url)
    const signedUrl = await uploadAddressOf(c.env, origin, { id, store, expires, name })
    const publicUrl = (await addresses(c, owner, [id])).get(id)!
    const expiresAt = endsAt(expires)
    return c.json({ success: true as const, signedUrl, expiresAt, publicUrl, key: id }, 200)
  })
  .openapi(download, async (c) => {
    const owner = requireOwner(c.get('caller'))
    requireBucket(c.env)
    const id = idAsked(c, c.req.valid('json'))
    const file = id === null ? null : await askFiles(c, owner, (files) => files.open(id, 'owner'))
    if (file === null) throw new Problem('no-such-file')
    const expires = endOf(Date.now())
    const signedUrl = (await addresses(c, owner, [file.id])).get(file.id)!
    return c.json({ signedUrl, expiresAt: endsAt(expires), key: file.id }, 200)
  })
  .openapi(pages, () => {
    throw new Problem('not-served', {
      detail: 'Hilo makes no pictures of pages. Send the PDF itself.',
    })
  })

const idAsked = (c: Context<HonoEnv>, asked: { key: string } | { url: string }): string | null => {
  if ('url' in asked) return idIn(c, asked.url)
  return isFileId(asked.key) ? asked.key : null
}

import { createRoute, routes, security } from '../frame/openapi.ts'
import { Problem } from '../frame/problem.ts'
import { limitWrites } from '../frame/rate-limits.ts'
import { refusals, tags } from './openapi.ts'
import { ROOT } from './problems.ts'

const route = (operationId: string, name: string) =>
  createRoute({
    tags,
    security,
    operationId,
    summary: 'Not served yet: send files within messages',
    method: 'post',
    path: `${ROOT}/v1/files/${name}`,
    middleware: [limitWrites] as const,
    responses: refusals('not-served'),
  })

const upload = route('assistantUiUploadUrl', 'attachments/generate-presigned-upload-url')
const download = route('assistantUiDownloadUrl', 'attachments/generate-presigned-download-url')

const pages = route('assistantUiPdfToImages', 'pdf-to-images')

const refused = (): never => {
  throw new Problem('not-served', {
    detail: 'Send files within messages, as data URLs: an adapter for attachments does that.',
  })
}

export const fileRoutes = routes()
  .openapi(upload, refused)
  .openapi(download, refused)
  .openapi(pages, refused)

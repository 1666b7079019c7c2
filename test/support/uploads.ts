import type { Client } from './api.ts'

const AUI = '/assistant-ui/v1'
const THREAD = `${AUI}/threads/{id}`
export const UPLOAD = `${AUI}/files/attachments/generate-presigned-upload-url`
export const DOWNLOAD = `${AUI}/files/attachments/generate-presigned-download-url`

/** An address at which somebody can put a file. */
export const addressFor = async (client: Client): Promise<URL> => {
  const answer = await client.post(UPLOAD, { filename: 'photo.png' })
  return new URL((await answer.json<{ signedUrl: string }>()).signedUrl)
}

/** Bytes within a message: they become a file of whoever sends it, whatever becomes of the message. */
export const withBytes = [
  { method: 'POST', path: `${THREAD}/messages`, more: { parent_id: null, format: 'aui/v0' } },
  { method: 'PUT', path: `${THREAD}/messages/{message_id}`, more: {} },
].map(({ method, path, more }) => {
  const image = `data:image/png;base64,${'iVBORw0KGgo'.repeat(2_000)}`
  return {
    method,
    path,
    body: { ...more, content: { role: 'user', content: [{ type: 'image', image }] } },
  }
})

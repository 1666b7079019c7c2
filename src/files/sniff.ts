import { SNIFFED_BYTES } from '../contract/file.ts'

const utf8 = () => new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** What bytes are, by how they begin; what an upload says of itself is not believed. */
export async function typeOf(head: Uint8Array): Promise<string> {
  // Only uploads need it, so no other request pays for it.
  const { fileTypeFromBuffer } = await import('file-type')
  const found = await fileTypeFromBuffer(head).catch(() => undefined)
  if (found) return found.mime
  return isText(head) ? 'text/plain' : 'application/octet-stream'
}

function isText(head: Uint8Array): boolean {
  if (head.includes(0)) return false
  try {
    // The last character may be cut.
    utf8().decode(head, { stream: head.byteLength >= SNIFFED_BYTES })
    return true
  } catch {
    return false
  }
}

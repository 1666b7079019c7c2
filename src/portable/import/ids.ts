import type { Owner } from '../../contract/caller.ts'
import type { ImportSource } from '../../contract/import.ts'

const encoder = new TextEncoder()

/**
 * The id of a conversation that is imported, or that a client knows by an id of its own: a UUID (version 8, RFC 9562) made of whose it becomes and what it was, so that
 * the same file again finds what it brought, and the same file of somebody else finds nothing.
 *
 * @param key an HMAC key, so that nobody else works the id out; null for the ids of before there was one
 */
export async function idOfImported(
  key: CryptoKey | null,
  owner: Owner,
  source: ImportSource | 'assistant-ui',
  sourceId: string,
): Promise<string> {
  const named = JSON.stringify(['hilo-import', owner.kind, owner.id, source, sourceId])
  const input = encoder.encode(named)
  const digest = new Uint8Array(
    key
      ? await crypto.subtle.sign('HMAC', key, input)
      : await crypto.subtle.digest('SHA-256', input),
  )
  const bytes = digest.slice(0, 16)
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  return bytes.toHex().replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

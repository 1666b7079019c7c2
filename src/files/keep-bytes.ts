import { type FileRow, SNIFFED_BYTES } from '../contract/file.ts'
import type { Answer } from '../contract/problem.ts'
import type { filesOf } from '../objects.ts'
import { typeOf } from './sniff.ts'

/** Whoever counts the files of an owner. */
export type Files = ReturnType<typeof filesOf>
/** Asks it, as often as that takes. */
export type AskFiles = <Answers>(question: (files: Files) => Answers) => Promise<Awaited<Answers>>

/** The bucket would not take it. */
export class NotKept extends Error {
  override readonly name = 'NotKept'
}

/** Keeps bytes that are at hand. The same again find the file that stands, and touch no bucket. Throws `NotKept`. */
export async function keepBytes(
  ask: AskFiles,
  bucket: R2Bucket,
  bytes: Uint8Array,
  name: string | null,
): Promise<Answer<{ file: FileRow }>> {
  const sha256 = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)).toHex()
  const known = await ask((files) => files.same(sha256, name))
  if (known) return { ok: true, file: known }
  const begun = await ask((files) => files.begin(bytes.byteLength))
  if (!begun.ok) return begun
  const { id, key } = begun
  try {
    await bucket.put(key, bytes)
  } catch (cause) {
    await ask((files) => files.abandon(key)).catch(() => {})
    throw new NotKept('the bucket did not take it', { cause })
  }
  const type = await typeOf(bytes.subarray(0, SNIFFED_BYTES))
  return ask((files) => files.finish(id, { sha256, bytes: bytes.byteLength, name, type }))
}

const DATA_URL = /^data:[^,]{0,255};base64,(.*)$/s

/** What a data URL has in base64, or a text that is base64; not checked. */
export const base64In = (data: string): string => DATA_URL.exec(data)?.[1] ?? data

/** Bytes out of base64; null if it is none. */
export function bytesIn(encoded: string): Uint8Array | null {
  try {
    return Uint8Array.fromBase64(encoded)
  } catch {
    return null
  }
}

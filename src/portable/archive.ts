import type { Unzipped } from './unzip.ts'
import { Unreadable } from './unzip.ts'

/** A file that an archive brings. */
export interface InArchive {
  path: string
  name: string | null
  /** As the archive says; null if it does not. */
  sha256: string | null
}

/** Bytes of the list of files in Hilo's own. */
const LIST_BYTES = 8 * 2 ** 20

export const nameIn = (path: string): string => path.slice(path.lastIndexOf('/') + 1)

/** The conversations that an archive holds, one file after the other. */
export async function* conversationsIn(zip: Unzipped): AsyncGenerator<Uint8Array> {
  for (const path of pathsOf(zip)) yield* zip.bytes(path)
}

/** The files that hold an archive's conversations, in their order. */
export function pathsOf(zip: Unzipped): string[] {
  const named = zip.names.filter((path) =>
    /^(conversations([-_]?\d+)?|prod-grok-backend)\.json$/.test(nameIn(path)),
  )
  const all = zip.names.filter((path) => /\.(json|jsonl|ndjson)$/i.test(path))
  // What somebody sent to a model may be JSON too.
  const ours = all.filter(
    (path) => !/(^|\/)(attachments|files|images|uploads|[^/]+-files)\//i.test(path),
  )
  const others = ours.length > 0 ? ours : all
  const own = zip.names.includes(OWN) ? [OWN] : null
  const paths = own ?? (named.length > 0 ? named : others)
  if (paths.length === 0) {
    throw new Unreadable('This ZIP archive holds no JSON.')
  }
  return paths.toSorted(inOrder)
}

/** What programs mail beside conversations, in the same folder: about the account, or the same again as a page. */
const ABOUT =
  /^(users?|user_settings|projects|memories|ads|message_feedback|model_comparisons|shared_conversations|export_manifest|library_files|conversation_asset_file_names|prod-mc-[a-z-]+)\.json$|^chat\.html$/

/** The files of an archive that a message might name: those that neither hold conversations nor tell of the account. */
export function besideIn(zip: Unzipped): string[] {
  const read = new Set(pathsOf(zip))
  const folders = new Set([...read].map(folderOf))
  return zip.names.filter(
    (path) => !read.has(path) && !(folders.has(folderOf(path)) && ABOUT.test(nameIn(path))),
  )
}

const folderOf = (path: string): string => path.slice(0, path.length - nameIn(path).length)

export const OWN = 'conversations.ndjson'

const inOrder = (a: string, b: string): number => a.localeCompare(b, 'en', { numeric: true })

/** The files of Hilo's own archive, by the ids that its messages name. */
export async function filesIn(zip: Unzipped): Promise<Map<string, InArchive>> {
  const files = new Map<string, InArchive>()
  const paths = new Set(zip.names)
  if (!paths.has(OWN) || !paths.has('files.ndjson')) return files
  const decoder = new TextDecoder()
  let text = ''
  for await (const piece of zip.bytes('files.ndjson')) {
    text += decoder.decode(piece, { stream: true })
    if (text.length > LIST_BYTES) throw new Unreadable('This ZIP archive names too many files.')
  }
  for (const line of text.split('\n')) {
    const { id, path, name, sha256 } = fieldsIn(line)
    if (typeof id !== 'string' || typeof path !== 'string' || !paths.has(path)) continue
    files.set(id, {
      path,
      name: typeof name === 'string' ? name : null,
      sha256: typeof sha256 === 'string' ? sha256 : null,
    })
  }
  return files
}

function fieldsIn(line: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null ? { ...value } : {}
  } catch {
    return {}
  }
}

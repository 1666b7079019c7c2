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
  for (const [index, path] of pathsOf(zip).entries()) {
    // The last line of the file before may have no end.
    if (index > 0 && /\.(jsonl|ndjson)$/i.test(path)) yield NEWLINE
    let isFirst = true
    for await (const piece of zip.bytes(path)) {
      const isMarked = isFirst && index > 0 && MARK.every((byte, at) => piece[at] === byte)
      yield isMarked ? piece.subarray(MARK.length) : piece
      isFirst = false
    }
  }
}

const NEWLINE = new Uint8Array([0x0a])
/** A byte order mark: of a file that follows another it is no part. */
const MARK = [0xef, 0xbb, 0xbf]

/** What systems put into archives beside what somebody packs. */
const OF_SYSTEMS = /(^|\/)(__MACOSX\/|\._|\.DS_Store$|Thumbs\.db$|desktop\.ini$)/i

const namesIn = (zip: Unzipped): string[] => zip.names.filter((path) => !OF_SYSTEMS.test(path))

/** The files that hold an archive's conversations, in their order. */
export function pathsOf(zip: Unzipped): string[] {
  const own = ownIn(zip)
  if (own !== null) return [own]
  const names = namesIn(zip)
  const named = names.filter((path) =>
    /^(conversations([-_]?\d+)?|prod-grok-backend)\.json$/.test(nameIn(path)),
  )
  const all = names.filter((path) => /\.(json|jsonl|ndjson)$/i.test(path))
  // What somebody sent to a model may be JSON too.
  const ours = all.filter(
    (path) => !/(^|\/)(attachments|files|images|uploads|[^/]+-files)\//i.test(path),
  )
  const others = ours.length > 0 ? ours : all
  const paths = named.length > 0 ? named : others
  if (paths.length === 0) {
    const hasArchives = names.some((path) => /\.(zip|gz|tgz|7z|rar)$/i.test(path))
    const detail = hasArchives ? ', but other archives: unpack it, and send those.' : '.'
    throw new Unreadable(`This ZIP archive holds no JSON${detail}`)
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
  return namesIn(zip).filter(
    (path) => !read.has(path) && !(folders.has(folderOf(path)) && ABOUT.test(nameIn(path))),
  )
}

const folderOf = (path: string): string => path.slice(0, path.length - nameIn(path).length)

const OWN = 'conversations.ndjson'

/** The conversations of Hilo's own archive, which somebody may have packed anew with its folder; null if it is another's. */
export function ownIn({ names }: Unzipped): string | null {
  const [own, ...others] = names.filter((path) => nameIn(path) === OWN && !OF_SYSTEMS.test(path))
  if (names.includes(OWN)) return OWN
  return own === undefined || others.length > 0 ? null : own
}

/** The list of the files in Hilo's own archive. */
export const listIn = (zip: Unzipped): string => `${folderOf(ownIn(zip) ?? '')}files.ndjson`

const inOrder = (a: string, b: string): number => a.localeCompare(b, 'en', { numeric: true })

/** The files of Hilo's own archive, by the ids that its messages name. */
export async function filesIn(zip: Unzipped): Promise<Map<string, InArchive>> {
  const files = new Map<string, InArchive>()
  const paths = new Set(zip.names)
  const [own, list] = [ownIn(zip), listIn(zip)]
  if (own === null || !paths.has(list)) return files
  const decoder = new TextDecoder()
  let text = ''
  for await (const piece of zip.bytes(list)) {
    text += decoder.decode(piece, { stream: true })
    if (text.length > LIST_BYTES) throw new Unreadable('This ZIP archive names too many files.')
  }
  for (const line of text.split('\n')) {
    const { id, path: inFolder, name, sha256 } = fieldsIn(line)
    const path = `${folderOf(own)}${String(inFolder)}`
    if (typeof id !== 'string' || typeof inFolder !== 'string' || !paths.has(path)) continue
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

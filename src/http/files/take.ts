import type { Context } from 'hono'

import type { Owner } from '../../contract/caller.ts'
import { INLINE_BYTES, isFileId } from '../../contract/file.ts'
import type { Draft } from '../../contract/message.ts'
import { type KnownPart, type Part, fileIdsIn, isKnownPart } from '../../contract/part.ts'
import { extraWithFiles } from '../../contract/thread.ts'
import { base64In, bytesIn } from '../../files/keep-bytes.ts'
import { bucketOf } from '../../settings.ts'
import type { HonoEnv } from '../caller/caller.ts'
import { askFiles } from '../frame/ask.ts'
import { Problem, granted } from '../frame/problem.ts'
import { keepBytes } from './keep.ts'

/**
 * Messages as a conversation keeps them: bytes that are in them become files, and the files that they name are the
 * caller's. From here on none of these goes before the conversation was asked whether it names it.
 */
export async function takeFiles(
  c: Context<HonoEnv>,
  conversationId: string,
  drafts: Draft[],
): Promise<Draft[]> {
  const { owner } = c.get('caller')
  if (owner === null) return drafts
  const taken = await Promise.all(drafts.map((draft) => withFiles(c, owner, draft)))
  const ids = [...new Set(taken.flatMap(({ parts }) => fileIdsIn(parts).filter(isFileId)))]
  if (ids.length === 0) return taken
  const { missing } = granted(await askFiles(c, owner, (files) => files.refer(conversationId, ids)))
  if (missing.length > 0) throw notYours(taken, missing)
  return taken
}

/**
 * The same of a file that is imported. What it names that is not the caller's is known by its name alone from then on, unless
 * the caller has the same bytes.
 *
 * @param known what the file tells of what it names, by the ids there
 */
export async function takeImported<M extends Draft>(
  c: Context<HonoEnv>,
  conversationId: string,
  messages: M[],
  known: Map<string, { sha256: string; name: string | null }>,
): Promise<{ messages: M[]; warnings: string[] }> {
  const { owner } = c.get('caller')
  if (owner === null || !messages.some(({ parts }) => parts?.some(isAttached))) {
    return { messages, warnings: [] }
  }
  const taken: M[] = []
  for (const message of messages) taken.push(await withFiles(c, owner, message))
  const refer = async (some: M[]) => {
    const ids = [...new Set(some.flatMap(({ parts }) => fileIdsIn(parts).filter(isFileId)))]
    if (ids.length === 0) return []
    return granted(await askFiles(c, owner, (files) => files.refer(conversationId, ids))).missing
  }
  const missing = await refer(taken)
  if (missing.length === 0) return { messages: taken, warnings: [] }
  const instead = new Map<string, Instead>()
  for (const id of missing) {
    const told = known.get(id)
    const same = told && (await askFiles(c, owner, (files) => files.same(told.sha256, told.name)))
    instead.set(id, { id: same?.id ?? null, name: told?.name ?? null })
  }
  const named = taken.map((message) => ({
    ...message,
    parts: message.parts?.map((part) => withInstead(part, instead)) ?? null,
  }))
  await refer(named)
  const lost = [...instead].filter(([, { id }]) => id === null)
  return {
    messages: named,
    warnings: lost.map(([id, { name }]) => `${name ?? id} is not here; its name is kept.`),
  }
}

/** What stands for a file that is not the caller's: the same one of theirs, or its name. */
interface Instead {
  id: string | null
  name: string | null
}

const isAttached = (part: Part): boolean =>
  isKnownPart(part) && (part.type === 'image_url' || part.type === 'file')

function withInstead(part: Part, all: Map<string, Instead>): Part {
  const [instead] = fileIdsIn([part]).flatMap((named) => all.get(named) ?? [])
  if (instead === undefined || !isKnownPart(part)) return part
  const { id, name } = instead
  if (id !== null && part.type === 'image_url') {
    return { ...part, image_url: { ...part.image_url, file_id: id } }
  }
  const filename = part.type === 'file' ? (part.file.filename ?? name) : name
  const named = { ...(id !== null && { file_id: id }), ...(filename !== null && { filename }) }
  return { type: 'file', file: named }
}

/** The same answer for a file that is somebody else's as for one that never was. */
function notYours(drafts: Draft[], missing: string[]): Problem {
  const errors = drafts.flatMap(({ parts }, index) =>
    (parts ?? []).flatMap((part, place) =>
      fileIdsIn([part]).some((id) => missing.includes(id))
        ? [
            {
              pointer: `/messages/${index}/parts/${place}/${part.type}/file_id`,
              detail: 'No file of yours has this id',
            },
          ]
        : [],
    ),
  )
  return new Problem('invalid-request', { detail: 'Nothing of this request was stored.', errors })
}

async function withFiles<D extends Draft>(c: Context<HonoEnv>, owner: Owner, draft: D): Promise<D> {
  if (draft.parts === null) return draft
  const parts: Part[] = []
  const places = new Map<string, number>()
  for (const [place, part] of draft.parts.entries()) {
    const own = isKnownPart(part) ? await moved(c, owner, part) : part
    parts.push(own)
    if (own !== part) for (const source of sourcesOf(part)) places.set(source, place)
  }
  if (places.size === 0) return draft
  return { ...draft, parts, extra: extraWithFiles(draft, parts, places) }
}

/** What a part had before it named a file, as whatever sent it may have it. */
function sourcesOf(part: Part): string[] {
  if (!isKnownPart(part) || (part.type !== 'image_url' && part.type !== 'file')) return []
  const { url, file_data: data = url } =
    part.type === 'file' ? part.file : { ...part.image_url, file_data: undefined }
  return data === undefined ? [] : [...new Set([data, base64In(data)])]
}

async function moved(c: Context<HonoEnv>, owner: Owner, part: KnownPart): Promise<Part> {
  if (part.type === 'image_url') {
    const { url, ...rest } = part.image_url
    if (url === undefined) return part
    const id = await fileIdOf(c, owner, url, null)
    return id === null ? part : { type: 'image_url', image_url: { file_id: id, ...rest } }
  }
  if (part.type !== 'file') return part
  const { file_id: named, filename, url } = part.file
  const data = part.file.file_data ?? (named === undefined ? url : undefined)
  if (data === undefined) return part
  const id = idIn(c, data) ?? (await kept(c, owner, data, filename ?? null))
  return id === null
    ? part
    : { type: 'file', file: { file_id: id, ...(filename !== undefined && { filename }) } }
}

/** The file that a URL is: its bytes, or an address at which it was read. Null for any other, and for few bytes. */
export const fileIdOf = async (
  c: Context<HonoEnv>,
  owner: Owner,
  url: string,
  name: string | null,
): Promise<string | null> =>
  idIn(c, url) ?? (url.startsWith('data:') ? kept(c, owner, url, name) : null)

/** The file that an address of this deployment's is of: an address is never kept, since it ends. */
export function idIn(c: Context<HonoEnv>, url: string): string | null {
  const { origin } = new URL(c.req.url)
  if (!url.startsWith(`${origin}/api/files/`)) return null
  const [, id] =
    /^\/api\/files\/(file_[0-9a-f]{32})\/content$/.exec(URL.parse(url)?.pathname ?? '') ?? []
  return id ?? null
}

/** The file that inline bytes become; null if they are few enough to stay, or no bytes. */
async function kept(
  c: Context<HonoEnv>,
  owner: Owner,
  data: string,
  name: string | null,
): Promise<string | null> {
  const encoded = base64In(data)
  if ((encoded.length * 3) / 4 <= INLINE_BYTES || bucketOf(c.env) === null) return null
  const bytes = bytesIn(encoded)
  return bytes && (await keepBytes(c, owner, bytes, name)).id
}

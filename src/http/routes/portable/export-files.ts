import type { Context } from 'hono'

import type { Owner } from '../../../contract/caller.ts'
import { type FileRow, isFileId } from '../../../contract/file.ts'
import { fileIdsIn } from '../../../contract/part.ts'
import type { Source, SourcePage } from '../../../portable/write.ts'
import type { ZipEntry } from '../../../portable/zip.ts'
import { bucketOf } from '../../../settings.ts'
import type { HonoEnv } from '../../caller/caller.ts'
import { ownerOf } from '../../files/shown.ts'
import { askFiles } from '../../frame/ask.ts'

/** The conversations whose messages name files, and the ids of these. */
export type Named = Map<string, { owner: Owner; ids: Set<string> }>

/** Notes the files that messages name as they go by. */
export async function* noting(
  sources: AsyncIterable<Source>,
  named: Named,
): AsyncGenerator<Source, void, undefined> {
  for await (const source of sources) yield { ...source, pages: notingPages(source, named) }
}

async function* notingPages(
  { conversation, pages }: Source,
  named: Named,
): AsyncGenerator<SourcePage, void, undefined> {
  for await (const page of pages) {
    const ids = page.messages.flatMap(({ parts }) => fileIdsIn(parts).filter(isFileId))
    if (ids.length > 0) {
      const known = named.get(conversation.id)?.ids ?? []
      named.set(conversation.id, {
        owner: ownerOf(conversation),
        ids: new Set([...known, ...ids]),
      })
    }
    yield page
  }
}

/** What a ZIP holds: the lines, each file by its hash, and a line for each id that names one. */
export async function* entriesOf(
  c: Context<HonoEnv>,
  pages: { isStill: (id: string) => Promise<boolean> },
  text: AsyncIterable<Uint8Array>,
  named: Named,
): AsyncGenerator<ZipEntry, void, undefined> {
  yield { name: 'conversations.ndjson', bytes: text }
  const bucket = bucketOf(c.env)
  if (bucket === null) return
  const paths = new Map<string, string>()
  const lines = new Map<string, string>()
  for (const [conversationId, { owner, ids }] of named) {
    // Whoever may not read the conversation any more gets no file of it.
    if (!(await pages.isStill(conversationId))) continue
    for (const id of ids) {
      if (lines.has(id)) continue
      const file = await askFiles(c, owner, (files) => files.open(id))
      if (file === null) continue
      if (!paths.has(file.sha256)) {
        const object = await bucket.get(file.key)
        if (object === null) continue
        const name = pathOf(file)
        paths.set(file.sha256, name)
        yield { name, bytes: object.body }
      }
      const { sha256, name, type, bytes } = file
      const line = { object: 'hilo.file', id, path: paths.get(sha256), sha256, name, type, bytes }
      lines.set(id, `${JSON.stringify(line)}\n`)
    }
  }
  yield { name: 'files.ndjson', bytes: encoded(lines.values()) }
}

const encoder = new TextEncoder()

/** Text as bytes. */
export async function* encoded(
  pieces: AsyncIterable<string> | Iterable<string>,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const piece of pieces) yield encoder.encode(piece)
}

function pathOf({ sha256, name, type }: FileRow): string {
  const [, kind = ''] = /^image\/(png|jpeg|gif|webp)$/.exec(type) ?? []
  const [own = ''] = /\.[a-z0-9]{1,8}$/i.exec(name ?? '') ?? []
  return `files/${sha256}${kind === '' ? own.toLowerCase() : `.${kind}`}`
}

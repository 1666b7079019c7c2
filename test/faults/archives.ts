import { sha256Of } from '../support/exports.ts'
import { picture } from '../support/files.ts'
import { asLines, exported } from '../support/given-exports.ts'
import { type ImportAnswer, importedIds, upload } from '../support/importing.ts'
import { zipOf } from '../support/zips.ts'
import { Expected, type Model } from './expected.ts'
import { type Act, outcome, path } from './scene.ts'

const said = (role: 'user' | 'assistant', more: object = {}) => {
  const id = crypto.randomUUID()
  return { id, role, content: `From an archive: ${id}`, ...more }
}

const hashOf = async (bytes: Uint8Array<ArrayBuffer>) =>
  new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)).toHex()

/** Archives go in and out while the bucket, and all else, has its weather. */
export const archives: Record<string, Act> = {
  /** A user brings a ZIP of Hilo's with a picture; whatever becomes of it, the message is there whole or not at all. */
  importZip: async ({ model, world, number }) => {
    const visitor = number % model.visitors.length
    const { userId } = model.visitors[visitor] as Model['visitors'][number]
    const bytes = picture() as Uint8Array<ArrayBuffer>
    const file = `file_${crypto.randomUUID().replaceAll('-', '')}`
    const sha256 = await hashOf(bytes)
    const question = said('user')
    const parts = [
      { type: 'text', text: question.content },
      { type: 'image_url', image_url: { file_id: file } },
    ]
    const messages = [question, said('assistant')]
    const theirs = exported({ messages: [{ ...question, parts } as never, messages[1]!] })
    const { now: id } = await importedIds(userId, theirs.id)
    const sent = exported({ fields: { id: theirs.id }, messages }).messages
    const about = new Expected(id, visitor, 'user', sent).named(theirs.title ?? '')
    model.conversations.push(about)
    const line = { object: 'hilo.file', id: file, path: `files/${sha256}.png`, sha256, name: null }
    const zip = await zipOf({
      'conversations.ndjson': await asLines([theirs]),
      [line.path]: bytes,
      'files.ndjson': `${JSON.stringify(line)}\n`,
    })
    const { ended } = world.erasuresOfAll
    const answer = await upload(world.users[visitor]!, zip as BodyInit, { type: 'application/zip' })
    if (answer.status >= 500 && world.isTroubled) return
    if (answer.status !== 200) throw new Error(`a ZIP that is right: ${await answer.text()}`)
    const told = await answer.json<ImportAnswer>()
    if (told.failed > 0 && !world.isTroubled && about.erased === 'no') {
      throw new Error(`not imported: ${told.errors[0]?.detail}`)
    }
    if (!told.conversations.some((one) => one.id === id)) return
    // Who erases all meanwhile erases the picture before any message names it.
    const isWhole = world.erasuresOfAll.begun === ended
    if (isWhole && told.warnings.length > 0) throw new Error(`not whole: ${told.warnings.join()}`)
    about.created = 'yes'
    about.acknowledge(about.file)
  },
  /** Somebody takes a conversation away as a ZIP: it is whole, or its connection ends with an error. */
  exportZip: async (scene) => {
    const { model, world, about } = scene
    const before = [...about.acknowledged]
    const exporting = world.ownerOf(model, about).get(path(about, '/export?format=zip'))
    const answer = await outcome(scene, exporting)
    if (answer === null) return
    const mayBeCut = () =>
      world.isTroubled || about.erased !== 'no' || model.visitors[about.visitor]?.linked !== 'no'
    let bytes: ArrayBuffer
    try {
      bytes = await answer.arrayBuffer()
    } catch (error) {
      if (!mayBeCut()) throw error
      return
    }
    // Nothing in it is compressed, so the lines stand in it as they are.
    const text = new TextDecoder().decode(bytes)
    const from = text.indexOf('{"object":"hilo.export"')
    const end = text.indexOf('{"object":"hilo.export.end"')
    const lines = text.slice(from, end)
    const { sha256 } = JSON.parse(text.slice(end, text.indexOf('\n', end))) as { sha256: string }
    if (sha256 !== (await sha256Of(lines))) throw new Error('the digest is another’s')
    if (about.isAnother || about.deleted.size > 0) return
    for (const [id] of before) {
      if (!lines.includes(`"id":"${id}"`)) throw new Error(`${id} is not in the ZIP`)
    }
  },
}

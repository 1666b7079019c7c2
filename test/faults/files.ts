import type { Client, Message } from '../support/api.ts'
import { linesOf } from '../support/exports.ts'
import { asLines, exported } from '../support/given-exports.ts'
import { type ImportAnswer, importedIds, upload } from '../support/importing.ts'
import { type Acknowledged, Expected, type FileSent, type Model } from './expected.ts'
import { type Act, type Scene, outcome, path } from './scene.ts'
import { d1 } from './weather.ts'
import type { World } from './world.ts'

const elsewhere = (role: 'user' | 'assistant') => {
  const id = crypto.randomUUID()
  return { id, role, content: `From elsewhere: ${id} ñ 👩‍👩‍👧` }
}

/** A file of two conversations, which a visitor's user brings along. */
async function fileOf({ model, number }: Scene): Promise<FileSent> {
  const visitor = number % model.visitors.length
  const { userId } = model.visitors[visitor] as Model['visitors'][number]
  const cut = { ...elsewhere('assistant'), status: 'interrupted' as const }
  const theirs = [elsewhere('user'), cut].map((last) =>
    exported({ messages: [elsewhere('user'), elsewhere('assistant'), elsewhere('user'), last] }),
  )
  const whole = `${cut.content} to its end`
  const newer = theirs.map(({ messages, ...rest }) => ({
    ...rest,
    messages: messages.map((one) =>
      one.id === cut.id ? { ...one, content: whole, status: 'complete' as const } : one,
    ),
  }))
  const abouts = theirs.map(async ({ id, title, messages }) => {
    const { now: own } = await importedIds(userId, id)
    const isCut = messages.at(-1)?.id === cut.id
    const about = new Expected(own, visitor, 'user', messages, isCut ? whole : '')
    return about.named(title ?? '')
  })
  const [text, later] = [await asLines(theirs), await asLines(newer)]
  return { visitor, text, newer: later, abouts: await Promise.all(abouts) }
}

/** What the answer names is there whole; what it does not name is there whole, or not at all. */
async function bring(world: World, { visitor, abouts }: FileSent, text: string): Promise<void> {
  for (const about of abouts) if (about.erased !== 'no') about.beginAgain()
  const answer = await upload(world.users[visitor] as Client, text)
  if (answer.status >= 500 && world.isTroubled) return
  if (answer.status !== 200) throw new Error(`${answer.status} for a file that is right`)
  const told = await answer.json<ImportAnswer>()
  for (const { id } of told.conversations) {
    const about = abouts.find((one) => one.id === id)
    if (about === undefined) throw new Error(`${id} is in no file`)
    about.created = 'yes'
    about.acknowledge(about.file)
  }
  // A newer file waits for a reply that runs.
  const isBusy = told.errors.every(({ detail }) => /^(A|The) reply /.test(detail))
  const mayFail = world.isTroubled || isBusy || abouts.some(({ erased }) => erased !== 'no')
  if (told.failed > 0 && !mayFail) throw new Error(`not imported: ${told.errors[0]?.detail}`)
}

/** Whether a file holds what was acknowledged of a conversation before it was asked for. */
function mustHold(about: Expected, before: Map<string, Acknowledged>, messages: Message[]): void {
  if (about.isAnother) return
  const found = Map.groupBy(
    messages.filter(({ conversation_id: id }) => id === about.id),
    ({ id }) => id,
  )
  for (const [id, { seq, role, content }] of before) {
    const [one, again] = found.get(id) ?? []
    const isInPlace = about.isMoved || one?.seq === seq
    const isSame = isInPlace && one?.role === role && about.isSaid(id, content, one.content)
    if (!isSame || again) throw new Error(`${id} is not in the export as it was acknowledged`)
  }
}

/** All of a file; null if the client leaves, or if it was cut and may have been. */
async function whole({ world, number }: Scene, answer: Response, mayBeCut: () => boolean) {
  if (number === 6) {
    d1.count('client gone, from an export')
    await answer.body?.cancel()
    return null
  }
  try {
    return await linesOf(answer)
  } catch (error) {
    if (!world.isTroubled && !mayBeCut()) throw error
    return null
  }
}

export const files: Record<string, Act> = {
  importIt: async (scene) => {
    const file = await fileOf(scene)
    scene.model.files.push(file)
    scene.model.conversations.push(...file.abouts)
    await bring(scene.world, file, file.text)
  },
  importAgain: async ({ model, world, number }) => {
    const file = model.files[number % Math.max(model.files.length, 1)]
    if (file) await bring(world, file, number % 3 === 0 ? file.text : file.newer)
  },
  exportIt: async (scene) => {
    const { model, world, about } = scene
    const before = new Map(about.acknowledged)
    const exporting = world.ownerOf(model, about).get(path(about, '/export'))
    const answer = await outcome(scene, exporting)
    if (answer === null) return
    const mayBeGone = () => about.erased !== 'no' || model.visitors[about.visitor]?.linked !== 'no'
    const file = await whole(scene, answer, mayBeGone)
    if (file) mustHold(about, before, file.messages)
  },
  exportAll: async (scene) => {
    const { model, world, about } = scene
    const owner = world.ownerOf(model, about)
    const theirs = model.conversations
      .filter((one) => one.created === 'yes' && world.ownerOf(model, one) === owner)
      .map((one) => ({ one, before: new Map(one.acknowledged) }))
    const answer = await owner.get('/api/export?status=all')
    if (answer.status >= 500 && world.isTroubled) return
    if (answer.status !== 200) throw new Error(`${answer.status} for an export`)
    const mayGo = (one: Expected) =>
      one.erased !== 'no' ||
      (one.beganAs === 'session' && model.visitors[one.visitor]?.linked !== 'no')
    const file = await whole(scene, answer, () => theirs.some(({ one }) => mayGo(one)))
    if (file === null) return
    const ids = new Set(file.conversations.map(({ id }) => id))
    for (const { one, before } of theirs) {
      // The list is the record's, which an import does not wait for.
      const mayLack = world.isTroubled || mayGo(one) || one.file.length > 0
      if (ids.has(one.id)) mustHold(one, before, file.messages)
      else if (!mayLack) throw new Error(`${one.id} is not in the export`)
    }
  },
}

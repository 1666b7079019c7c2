import { type Client, sendWith } from '../support/api.ts'
import { said } from '../support/assistant-cloud.ts'
import { fetched, picture } from '../support/files.ts'
import { inStorage } from '../support/record.ts'
import { UPLOAD } from '../support/uploads.ts'
import type { Expected } from './expected.ts'
import { type Act, type Scene, outcome } from './scene.ts'
import { d1 } from './weather.ts'

const settings = { ALLOW_CLIENT_ASSISTANT: 'on' }

const asked = async (client: Client, method: string, path: string, body: object) =>
  sendWith(settings, `/assistant-ui/v1/threads/${path}`, {
    method,
    headers: { ...client.headers, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })

/** Where a message that shows a picture has it, by its id. */
const pictures = new Map<string, string>()

const content = (id: string, text: string, isCut: boolean) => {
  const image = pictures.get(id)
  return said('assistant', text, {
    ...(isCut && { status: { type: 'incomplete', reason: 'cancelled' } }),
    ...(image !== undefined && {
      content: [
        { type: 'text', text },
        { type: 'image', image },
      ],
    }),
  })
}

/** An address at which a picture was put; null if the bucket, or the login, was in the way. */
async function put({ model, world, about }: Scene): Promise<string | null> {
  const made = await world.ownerOf(model, about).post(UPLOAD, { filename: 'a.png' })
  if (!made.ok) return unless(world.isTroubled, made)
  const { signedUrl, publicUrl } = await made.json<{ signedUrl: string; publicUrl: string }>()
  const body = picture()
  const answer = await fetched(signedUrl, { method: 'PUT', body })
  // Once more, as a person does who is told that it failed.
  const again = answer.ok ? answer : await fetched(signedUrl, { method: 'PUT', body })
  return again.ok ? publicUrl : unless(world.isTroubled, again)
}

function unless(isTroubled: boolean, { status }: Response): null {
  if (status === 401 || (status >= 500 && isTroubled)) return null
  throw new Error(`an upload was answered ${status}`)
}

/** One of the messages that an assistant-ui client is writing here; null if there is none. */
function someWriting(about: Expected, number: number) {
  const all = [...about.writing]
  const [id, writing] = all[(number * 3) % Math.max(all.length, 1)] ?? []
  return id !== undefined && writing ? { id, writing } : null
}

/** Sends a message, or the same again: what is acknowledged of it from here on is at least this text. */
async function send(scene: Scene, id: string, isRunning: boolean): Promise<void> {
  const { model, world, about } = scene
  const writing = about.writing.get(id)!
  const { text, parent } = writing
  const answer = await outcome(
    scene,
    asked(world.ownerOf(model, about), 'POST', `${about.id}/messages`, {
      parent_id: parent,
      format: 'aui/v0',
      content: content(id, text, isRunning),
      external_id: id,
      ...(isRunning && { open_run: true }),
    }),
    // What it follows may be on its way back after a restore.
    world.isRestored || pictures.has(id) ? [401, 422] : [],
  )
  if (answer === null) return
  d1.count('(a client of assistant-ui writes)')
  writing.isKept = true
  about.wrote(id, text)
}

/** The id of a message that is about to be written. */
function begin({ about, number }: Scene): string {
  const known = [...about.acknowledged.keys()]
  const parent = known.length > 0 && number % 3 > 0 ? known.at(-1)! : null
  const id = `aui-${crypto.randomUUID()}`
  about.write(id, `Yes, ${id}`, parent)
  return id
}

async function goOn(scene: Scene, id: string): Promise<void> {
  const { model, world, about, number } = scene
  const writing = about.writing.get(id)
  if (!writing?.isKept) return
  const text = about.write(id, `${writing.text}, and ${number}`, writing.parent)
  const body = { content: content(id, text, true) }
  const putting = asked(world.ownerOf(model, about), 'PUT', `${about.id}/messages/${id}`, body)
  // Two at once may come in another order, and a restore may have taken it.
  const gone = pictures.has(id) ? [401, 422] : []
  const answer = await outcome(scene, putting, [409, ...gone, ...(world.isRestored ? [404] : [])])
  if (answer === null) return
  d1.count('(it goes on writing)')
  about.wrote(id, text)
}

async function end(scene: Scene, id: string): Promise<void> {
  const { model, world, about, number } = scene
  if (!about.writing.get(id)?.isKept) return
  const reason = (['done', 'cancelled', 'error'] as const)[number % 3]
  const path = `${about.id}/runs/${id}/end`
  // One that was whole at once has no run.
  const ending = asked(world.ownerOf(model, about), 'POST', path, { reason })
  if (await outcome(scene, ending, [404])) d1.count('(it ends)')
}

/** What an assistant-ui client does. */
export const threads: Record<string, Act> = {
  auiBegin: (scene) => send(scene, begin(scene), true),
  /** A message that is whole at once. */
  auiWhole: (scene) => {
    const id = `aui-${crypto.randomUUID()}`
    scene.about.write(id, `Yes, whole, ${id}`, null)
    return send(scene, id, false)
  },
  /** A message that shows what was put at an address before; written while it streams, or whole at once. */
  auiShow: async (scene) => {
    const address = await put(scene)
    if (address === null) return
    const id = begin(scene)
    pictures.set(id, address)
    d1.count('(a client of assistant-ui puts a file)')
    const isRunning = scene.number % 2 === 0
    await send(scene, id, isRunning)
    if (isRunning && scene.number % 4 === 0) await end(scene, id)
  },
  auiAgain: async (scene) => {
    const found = someWriting(scene.about, scene.number)
    if (found) await send(scene, found.id, scene.number % 2 === 0)
  },
  auiCheckpoint: async (scene) => {
    const found = someWriting(scene.about, scene.number)
    if (found) await goOn(scene, found.id)
  },
  auiEnd: async (scene) => {
    const found = someWriting(scene.about, scene.number)
    if (found) await end(scene, found.id)
  },
  /** All of it, as a client does that streams a reply; what happens meanwhile happens in between. */
  auiStream: async (scene) => {
    const id = begin(scene)
    await send(scene, id, true)
    for (let times = 0; times < 1 + (scene.number % 3); times += 1) await goOn(scene, id)
    if (scene.number % 4 > 0) await end(scene, id)
    if (scene.number % 2 > 0) await goOn(scene, id)
  },
  auiFeedback: async (scene) => {
    const { model, world, about, number } = scene
    const found = someWriting(about, number)
    if (!found?.writing.isKept) return
    const path = `${about.id}/messages/${found.id}/feedback`
    const body = { type: number % 2 === 0 ? 'positive' : 'negative' }
    const giving = asked(world.ownerOf(model, about), 'POST', path, body)
    await outcome(scene, giving, world.isRestored ? [404] : [])
  },
  /** Nobody hears of those who write for long. */
  auiSilence: async ({ about }) => {
    d1.count('a client that writes goes silent')
    const ago = Date.now() - 300_000
    await inStorage(about.id, 'UPDATE writing SET heard_at = ?', ago)
      .then(() => inStorage(about.id, `UPDATE due SET at = ? WHERE kind = 'writing'`, ago))
      .catch(() => {})
  },
}

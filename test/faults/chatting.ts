import type { Client } from '../support/api.ts'
import { Expected } from './expected.ts'
import { type Act, MODEL, type Scene, outcome, someMessages } from './scene.ts'
import { d1 } from './weather.ts'

/** The last request of each conversation to `/api/chat`, for whoever sends it again. */
const last = new WeakMap<Expected, object>()

/** A person's message as the AI SDK sends it. */
const uiMessage = ({ id, content }: { id: string; content: string }) => ({
  id,
  role: 'user',
  parts: [{ type: 'text', text: content }],
})

async function send(scene: Scene, body: object, client: Client, isLeaving = false): Promise<void> {
  const { about } = scene
  last.set(about, body)
  try {
    await ask(scene, body, client, isLeaving)
  } finally {
    // It was erased meanwhile: then this may have begun it anew.
    if (about.erased !== 'no') about.isRevived = true
  }
}

async function ask(scene: Scene, body: object, client: Client, isLeaving: boolean): Promise<void> {
  const answer = await outcome(scene, client.post('/api/chat', body), MODEL)
  if (answer === null) return
  scene.about.created = 'yes'
  const { message, messages = [message] } = body as Record<string, ReturnType<typeof uiMessage>[]>
  for (const { id, parts } of (messages as ReturnType<typeof uiMessage>[]).filter(Boolean)) {
    scene.about.told.set(id, parts[0]!.text)
  }
  await follow(scene, answer, isLeaving)
}

/** Reads a UI message stream, and notes the reply if that has ended by itself. */
async function follow({ world, about }: Scene, answer: Response, isLeaving: boolean) {
  let [id, text, buffered] = ['', '', '']
  try {
    for await (const piece of answer.body!.pipeThrough(new TextDecoderStream())) {
      if (isLeaving) return d1.count('client gone')
      buffered += piece
      const lines = buffered.split('\n\n')
      buffered = lines.pop() ?? ''
      for (const line of lines.filter((one) => one.startsWith('data: {'))) {
        const chunk = JSON.parse(line.slice('data: '.length)) as Record<string, string>
        if (chunk['type'] === 'start') id = chunk['messageId'] ?? ''
        if (chunk['type'] === 'text-delta') text += chunk['delta']
        if (chunk['type'] === 'finish') about.told.set(id, text)
      }
    }
  } catch (error) {
    // The object was lost under it: what it said before holds.
    if (!world.isTroubled) throw error
  }
}

const question = async ({ about, world, number }: Scene) =>
  uiMessage(someMessages(about, 1, `#${await world.scripted(number)}`)[0]!)

/** What a page of the AI SDK does. */
export const chatting: Record<string, Act> = {
  /** A chat that begins, every second time sent twice. */
  chatBegin: async ({ model, world, number }) => {
    const visitor = number % model.visitors.length
    const beganAs = number % 3 === 0 ? 'user' : 'session'
    const about = new Expected(crypto.randomUUID(), visitor, beganAs)
    model.conversations.push(about)
    const client = (beganAs === 'user' ? world.users : world.sessions)[visitor] as Client
    const scene = { model, world, about, number }
    const body = { id: about.id, messages: [await question(scene)] }
    for (let times = 0; times < 1 + (number % 2); times += 1) await send(scene, body, client)
  },
  chat: async (scene) => {
    const { model, world, about, number } = scene
    if (about.erased !== 'no') return
    const body = { id: about.id, message: await question(scene) }
    await send(scene, body, world.ownerOf(model, about), number % 4 === 0)
  },
  chatAgain: async (scene) => {
    const { model, world, about } = scene
    const body = last.get(about)
    if (body && about.erased === 'no') await send(scene, body, world.ownerOf(model, about))
  },
  chatRegenerate: async (scene) => {
    const { model, world, about } = scene
    const body = last.get(about)
    if (!body || about.erased !== 'no') return
    const again = { ...body, trigger: 'regenerate-message' }
    await send(scene, again, world.ownerOf(model, about))
    last.set(about, body)
  },
  chatResume: async (scene) => {
    const { model, world, about } = scene
    const client = world.ownerOf(model, about)
    const answer = await client.get(`/api/chat/${about.id}/stream`)
    if (answer.status === 204) return
    const running = await outcome(scene, Promise.resolve(answer))
    if (running) await follow(scene, running, false)
  },
}

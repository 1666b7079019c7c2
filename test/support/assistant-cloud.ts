import { AssistantCloud, type CloudAPIError } from 'assistant-cloud'
import { vi } from 'vitest'

import { type Listed, type Message, as, at, bodyOf, sendWith } from './api.ts'
import { picture } from './files.ts'
import { userToken } from './tokens.ts'

/** Where the stock client finds Hilo. */
export const BASE = 'https://api.test/assistant-ui'

/** What the client has asked, as far as a test wants to know. */
export const asked: string[] = []

const network = globalThis.fetch

/** Points the stock client's `fetch` at the front door of a deployment where clients may write assistant messages. */
export function openFrontDoor(settings: Partial<Env> = { ALLOW_CLIENT_ASSISTANT: 'on' }): void {
  vi.stubGlobal('fetch', async (input: RequestInfo | URL, init: RequestInit = {}) => {
    const { origin, pathname, search } = new URL(input instanceof Request ? input.url : input)
    if (!BASE.startsWith(origin)) return network(input, init)
    asked.push(`${init.method ?? 'GET'} ${pathname}`)
    return sendWith(settings, `${pathname}${search}`, init)
  })
}

/** The stock client of somebody who has logged in. */
export const cloudOf = (user: string = crypto.randomUUID()): AssistantCloud =>
  new AssistantCloud({ baseUrl: BASE, authToken: () => userToken(user), telemetry: false })

/** What a browser keeps between pages. */
export class Storage {
  readonly #items = new Map<string, string>()
  getItem = (key: string): string | null => this.#items.get(key) ?? null
  setItem = (key: string, value: string): void => void this.#items.set(key, value)
  removeItem = (key: string): void => void this.#items.delete(key)
}

export const said = (role: 'user' | 'assistant', text: string, more: object = {}) => ({
  role,
  content: [{ type: 'text', text }],
  metadata: { custom: {}, steps: [], unstable_annotations: [], unstable_data: [] },
  ...more,
})

export const attachment = (...content: object[]) => ({
  id: 'a',
  type: 'file',
  name: 'a',
  status: { type: 'complete' },
  content,
})

/** Puts bytes at an address as the adapter for attachments does: without a token. */
export const putAt = (url: string, body: BodyInit = picture()): Promise<Response> =>
  fetch(url, { method: 'PUT', body, headers: { 'content-type': 'image/png' } })

/** A file that a client has put, and no message names yet. */
export async function uploaded(cloud: AssistantCloud, filename: string, body: BodyInit) {
  const made = await cloud.files.generatePresignedUploadUrl({ filename })
  const answer = await putAt(made.signedUrl, body)
  if (!answer.ok) throw new Error(`not kept: ${await answer.text()}`)
  return { ...made, key: made.key ?? '' }
}

/** Why a call was refused; null if it was not. */
export const refused = (work: Promise<unknown>): Promise<CloudAPIError | null> =>
  work.then(
    () => null,
    (error: CloudAPIError) => error,
  )

/** A thread of somebody's, by the stock client; and the same somebody by Hilo's own API. */
export async function givenThread(user: string = crypto.randomUUID()) {
  const cloud = cloudOf(user)
  const { thread_id: id } = await cloud.threads.create({ last_message_at: new Date() })
  const ann = await as.user(user)
  /** What the log has, of all branches. */
  const stored = async () =>
    (await bodyOf<Listed<Message>>(ann.get(`${at(id)}/messages?branch=all`))).data
  return { cloud, id, ann, stored, messages: cloud.threads.messages }
}

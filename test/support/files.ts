import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'

import type { Owner } from '../../src/contract/caller.ts'
import type { StoredFile } from '../../src/contract/file.ts'
import { filesOf } from '../../src/objects.ts'
import { type Client, type Message, as, at, bodyOf, send } from './api.ts'

export const bucket = (env as Env).FILES

/** A bucket whose calls fail: before anything happens, or once it has. */
export const failing = (when: 'before' | 'after', ...methods: string[]): R2Bucket =>
  new Proxy(bucket, {
    get: (target, key) => {
      const real: unknown = Reflect.get(target, key)
      if (typeof real !== 'function') return real
      const bound = (real as (...args: unknown[]) => unknown).bind(target)
      if (!methods.includes(key as string)) return bound
      return async (...args: unknown[]) => {
        if (when === 'after') await bound(...args)
        throw new Error('R2: internal error')
      }
    },
  })

/** The smallest picture there is, with more bytes if they are wanted: one more chunk of text. */
export function picture(more = crypto.randomUUID()): Uint8Array {
  const png =
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
  const bytes = Uint8Array.fromBase64(png)
  const extra = new TextEncoder().encode(more)
  const all = new Uint8Array(bytes.byteLength + extra.byteLength)
  all.set(bytes)
  all.set(extra, bytes.byteLength)
  return all
}

export const upload = (
  client: Client,
  bytes: BodyInit,
  headers: Record<string, string> = {},
): Promise<Response> =>
  send('/api/files', { method: 'POST', body: bytes, headers: { ...client.headers, ...headers } })

/** A file of somebody's, kept by the front door. */
export async function givenFile(client: Client, bytes: BodyInit = picture()): Promise<StoredFile> {
  const response = await upload(client, bytes)
  if (response.status !== 201) throw new Error(`not kept: ${await response.text()}`)
  return bodyOf<StoredFile>(response)
}

/** A message that names files. */
export const showing = (...ids: string[]) => ({
  id: crypto.randomUUID(),
  role: 'user',
  parts: [
    { type: 'text', text: 'Look' },
    ...ids.map((id) => ({ type: 'image_url', image_url: { file_id: id } })),
  ],
})

/** What is at an address, for whoever has it. */
export const fetched = (url: string, init: RequestInit = {}) => {
  const { pathname, search } = new URL(url)
  return send(`${pathname}${search}`, init)
}

export const statusAt = async (url: string): Promise<number> => (await fetched(url)).status

/** The address of the last file that a message shows. */
export function addressIn(message: Pick<Message, 'parts'> | undefined): string {
  for (const part of message?.parts?.toReversed() ?? []) {
    const { image_url: image, file } = part as Partial<Record<'image_url' | 'file', Named>>
    const { url } = image ?? file ?? {}
    if (url !== undefined) return url
  }
  throw new Error('no address')
}

interface Named {
  url?: string
}

/** A user, and whose files theirs are. */
export async function aUser() {
  const id = crypto.randomUUID()
  return { client: await as.user(id), owner: { kind: 'user' as const, id } }
}

/** Whether its owner can read a file. */
export const isThere = async (client: Client, id: string): Promise<boolean> => {
  const response = await client.get(`/api/files/${id}/content`)
  await response.body?.cancel()
  return response.status === 200
}

/** The keys that the bucket has of an owner. */
export async function keysOf(owner: Owner): Promise<string[]> {
  const store = filesOf(env, owner).id.toString()
  const { objects } = await bucket.list({ prefix: store })
  return objects.map(({ key }) => key)
}

/** Lets so much time pass for an owner's files, and has their alarm go off. */
export async function later(owner: Owner, ms: number): Promise<void> {
  const files = filesOf(env, owner)
  await runInDurableObject(files, (_, { storage }) => {
    const { sql } = storage
    sql.exec('UPDATE going SET at = at - ?', ms)
    sql.exec(
      'UPDATE files SET created_at = created_at - ?, unused_since = unused_since - ?',
      ms,
      ms,
    )
    sql.exec('UPDATE refs SET since = since - ?, look_at = look_at - ?', ms, ms)
  })
  await runDurableObjectAlarm(files)
}

export const DAY_MS = 24 * 60 * 60_000

export const erase = (client: Client, id: string) =>
  bodyOf<{ files: number; is_complete: boolean }>(client.post(`${at(id)}/erase`))

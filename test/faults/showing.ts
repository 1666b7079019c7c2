import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect } from 'vitest'

import type { Owner } from '../../src/contract/caller.ts'
import type { StoredFile } from '../../src/contract/file.ts'
import { fileIdsIn } from '../../src/contract/part.ts'
import { filesOf } from '../../src/objects.ts'
import { type Client, type Listed, type Message, bodyOf } from '../support/api.ts'
import { DAY_MS, bucket, fetched, picture, upload } from '../support/files.ts'
import type { Model } from './expected.ts'
import { type Act, post, someMessages } from './scene.ts'
import { d1 } from './weather.ts'
import type { World } from './world.ts'

/** What the bucket of files does to a call. */
export const r2 = { weather: 'fair' as 'fair' | 'down' | 'loses-answers' | 'slow' }

const weathers = ['down', 'loses-answers', 'slow', 'fair'] as const

type Call = (...args: unknown[]) => Promise<unknown>

/** Puts the weather between everybody and the bucket: its class is shared by all who are bound to it. */
export function exposeBucket(): void {
  const target = Object.getPrototypeOf(bucket) as Record<string, Call>
  for (const key of ['get', 'put', 'delete', 'createMultipartUpload']) {
    const real = target[key]
    if (real === undefined) throw new Error(`R2 has no ${key}`)
    target[key] = async function exposed(this: unknown, ...args: unknown[]) {
      const { weather } = r2
      if (weather === 'fair') return real.apply(this, args)
      d1.count(`R2 ${weather}`)
      if (weather === 'down') throw new Error(`${key}: We encountered an internal error.`)
      if (weather === 'slow') await scheduler.wait(40)
      const result = await real.apply(this, args)
      if (weather === 'loses-answers') throw new Error('Network connection lost.')
      return result
    }
  }
}

/** What goes wrong with the bucket. */
export const bucketEvents = {
  bucketWeather: async (_: Model, world: World, number: number) => {
    world.isTroubled = true
    r2.weather = weathers[number % weathers.length] ?? 'fair'
  },
}

const asParts = (content: string, part: object) => [{ type: 'text', text: content }, part]

/** A file that somebody keeps; null if the bucket, or the login, was in the way. */
async function uploaded(world: World, client: Client): Promise<string | null> {
  const answer = await upload(client, picture())
  if (answer.ok) return (await answer.json<StoredFile>()).id
  if (answer.status === 401 || (answer.status >= 500 && world.isTroubled)) return null
  throw new Error(`an upload was answered ${answer.status}`)
}

export const showings: Record<string, Act> = {
  /** Somebody uploads a picture, and shows it, now and then twice. */
  show: async (scene) => {
    const { model, world, about, number } = scene
    const id = await uploaded(world, world.ownerOf(model, about))
    if (id === null) return
    for (const message of someMessages(about, 1 + (number % 2))) {
      const parts = asParts(message.content, { type: 'image_url', image_url: { file_id: id } })
      // Gone with all that its owner erased, or not theirs after a login.
      await post(scene, '/messages', { messages: [{ ...message, parts }] }, [401, 422])
    }
  },
  /** A message has its picture in it. */
  showInline: async (scene) => {
    const [message] = someMessages(scene.about, 1)
    const url = `data:image/png;base64,${picture('x'.repeat(17_000)).toBase64()}`
    const parts = asParts(message!.content, { type: 'image_url', image_url: { url } })
    await post(scene, '/messages', { messages: [{ ...message, parts }] }, [401, 422])
  },
  /** An upload that no message takes. */
  uploadIt: async ({ model, world, about }) => {
    await uploaded(world, world.ownerOf(model, about))
  },
}

const ownersOf = ({ visitors }: Model): Owner[] =>
  visitors.flatMap(({ sessionId, userId }): Owner[] => [
    { kind: 'session', id: sessionId },
    { kind: 'user', id: userId },
  ])

/** Days go by, and each owner's alarm has its turn. */
async function daysGoBy(owner: Owner): Promise<void> {
  const files = filesOf(env, owner)
  for (let turns = 0; turns < 3; turns += 1) {
    await runInDurableObject(files, (_, { storage: { sql } }) => {
      if (sql.exec(`SELECT 1 FROM sqlite_master WHERE name = 'store'`).toArray().length === 0)
        return
      const ms = 2 * DAY_MS
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
}

/** Once all is quiet, every file that a message names is there for its owner, and the bucket has nothing else. */
export async function checkFiles(
  model: Model,
  world: World,
  owned: Map<Client, Set<string>>,
): Promise<void> {
  for (const owner of ownersOf(model)) await daysGoBy(owner)
  const named = new Set<string>()
  for (const client of [...world.sessions, ...world.users]) {
    for (const id of owned.get(client) ?? []) {
      const path = `/api/conversations/${id}/messages?branch=all&limit=200`
      const { data } = await bodyOf<Listed<Message>>(client.get(path))
      for (const { parts } of data) {
        for (const file of fileIdsIn(parts)) named.add(file)
        for (const part of parts ?? []) {
          if (part.type !== 'image_url') continue
          const { image_url: image } = part as { image_url: { url: string } }
          // That of a reply, which the bucket did not take.
          if (image.url.startsWith('data:')) continue
          const content = await fetched(image.url)
          const bytes = await content.arrayBuffer()
          expect({ id, status: content.status, isPicture: bytes.byteLength > 70 }).toEqual({
            id,
            status: 200,
            isPicture: true,
          })
        }
      }
    }
  }
  const kept: string[] = []
  const keys: string[] = []
  let stored = 0
  for (const owner of ownersOf(model)) {
    const files = filesOf(env, owner)
    await runInDurableObject(files, (_, { storage: { sql } }) => {
      if (sql.exec(`SELECT 1 FROM sqlite_master WHERE name = 'store'`).toArray().length === 0)
        return
      kept.push(
        ...sql
          .exec<{ id: string }>('SELECT id FROM files')
          .toArray()
          .map(({ id }) => id),
      )
      stored += sql.exec('SELECT 1 FROM blobs').toArray().length
      expect(sql.exec('SELECT * FROM going').toArray()).toEqual([])
    })
    const { objects } = await bucket.list({ prefix: files.id.toString() })
    keys.push(...objects.map(({ key }) => key))
  }
  expect(new Set(kept)).toEqual(named)
  expect(keys).toHaveLength(stored)
}

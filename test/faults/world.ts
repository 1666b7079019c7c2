import { env } from 'cloudflare:workers'

import { Client } from '../support/api.ts'
import { network } from '../support/network.ts'
import { sessionToken, userToken } from '../support/tokens.ts'
import type { Expected, Model } from './expected.ts'
import { endingsOf, scriptOf, summaryOf } from './scripts.ts'
import { d1 } from './weather.ts'

interface Snapshot {
  conversations: Record<string, unknown>[]
  messages: Record<string, unknown>[]
  session_links: Record<string, unknown>[]
}

/** Nothing takes as long as this to be answered, or given up. */
const PATIENCE_MS = 60_000

const bearer = (token: string) => new Client({ authorization: `Bearer ${token}` })

/** What a schedule acts upon. */
export class World {
  readonly sessions: Client[] = []
  readonly users: Client[] = []
  readonly tokens: string[] = []
  /** Whether anything went wrong on purpose: only then may an answer be a 5xx. */
  isTroubled = false
  isRestored = false
  /** How many times somebody began to erase all that is theirs, and was done with it. */
  readonly erasuresOfAll = { begun: 0, ended: 0 }
  /** Whether an object may have said that it can't be brought up to date. */
  isAlerted = false
  /** Takes away what may still fail in objects' storage. */
  readonly heals: (() => Promise<void>)[] = []
  snapshot: Snapshot | null = null
  readonly failures: unknown[] = []
  readonly #pending = new Set<Promise<void>>()
  /** What the model may say to a question, by the key in it. */
  readonly #endings = new Map<string, ReturnType<typeof endingsOf>>()

  static async of(model: Model): Promise<World> {
    const world = new World()
    for (const { sessionId, userId } of model.visitors) {
      const token = await sessionToken(sessionId)
      world.tokens.push(token)
      world.sessions.push(bearer(token))
      world.users.push(bearer(await userToken(userId)))
    }
    return world
  }

  /** Starts something; what goes wrong in it is known when everything is over. */
  start(work: () => Promise<void>): Promise<void> {
    const going = work()
      .catch((error: unknown) => void this.failures.push(error))
      .finally(() => this.#pending.delete(going))
    this.#pending.add(going)
    return going
  }

  async settled(): Promise<void> {
    const late = Date.now() + PATIENCE_MS
    while (this.#pending.size > 0) {
      if (Date.now() > late) throw new Error('somebody was never answered')
      await Promise.race([Promise.all(this.#pending), scheduler.wait(1_000)])
    }
    const [failure] = this.failures
    if (failure) throw failure
  }

  /** Whoever a conversation belongs to, as far as anybody was told. */
  ownerOf(model: Model, { visitor, beganAs }: Expected): Client {
    const isUsers = beganAs === 'user' || model.visitors[visitor]?.linked === 'yes'
    return (isUsers ? this.users : this.sessions)[visitor] as Client
  }

  /** A model that answers in some way, good or bad; the key belongs into the question. */
  async scripted(kind: number): Promise<string> {
    const key = await this.summarised(kind)
    const script = scriptOf(kind)
    if (script[0] !== 'fine') d1.count(`model ${script[0]}`)
    this.#endings.set(key, endingsOf(script))
    await network.script(key, ...script[1])
    return key
  }

  /** A model that summarises in some way, good or bad, if the key is in what it is to summarise. */
  async summarised(kind: number): Promise<string> {
    const key = `k${crypto.randomUUID()}`
    const script = summaryOf(kind)
    await network.script(`${key}.summary`, ...script[1])
    return key
  }

  /** What may be answered to a message; for one that nothing was prepared for, what the model says by itself. */
  answersTo(content: string) {
    const [, key = ''] = /#([\w-]+)/.exec(content) ?? []
    return this.#endings.get(key) ?? [{ text: 'Hello there', hasEnded: true }]
  }

  get isIdle(): boolean {
    return this.#pending.size === 0
  }

  async takeSnapshot(model: Model): Promise<void> {
    const ids = JSON.stringify(model.conversations.map(({ id }) => id))
    const sessions = JSON.stringify(model.visitors.map(({ sessionId }) => sessionId))
    const all = (table: string, column: string, values: string) =>
      env.DB.prepare(
        `SELECT * FROM ${table} WHERE ${column} IN (SELECT value FROM json_each(?))`,
      ).bind(values)
    // As of one moment: a flush may be on its way.
    const [conversations, messages, links] = await env.DB.batch<Record<string, unknown>>([
      all('conversations', 'id', ids),
      all('messages', 'conversation_id', ids),
      all('session_links', 'session_id', sessions),
    ])
    this.snapshot = {
      conversations: conversations?.results ?? [],
      messages: messages?.results ?? [],
      session_links: links?.results ?? [],
    }
  }

  /** D1 as it was when the snapshot was taken. */
  async restore(model: Model): Promise<void> {
    if (this.snapshot === null) return
    const remove = (table: string, column: string, values: string[]) =>
      env.DB.prepare(
        `DELETE FROM ${table} WHERE ${column} IN (SELECT value FROM json_each(?))`,
      ).bind(JSON.stringify(values))
    const insert = ([table, rows]: [string, Record<string, unknown>[]]) =>
      rows.map((row) =>
        env.DB.prepare(
          `INSERT INTO ${table} (${Object.keys(row).join(', ')})
           VALUES (${Object.keys(row)
             .map(() => '?')
             .join(', ')})`,
        ).bind(...Object.values(row)),
      )
    await env.DB.batch([
      remove(
        'conversations',
        'id',
        model.conversations.map(({ id }) => id),
      ),
      remove(
        'session_links',
        'session_id',
        model.visitors.map(({ sessionId }) => sessionId),
      ),
      ...Object.entries(this.snapshot).flatMap(insert),
    ])
    for (const visitor of model.visitors) if (visitor.linked === 'yes') visitor.linked = 'maybe'
    this.isRestored = true
    d1.restored()
  }
}

import { Chat } from '@ai-sdk/react'
import type { UIMessage } from 'ai'

import type { Hilo, components } from '../../client/client.ts'
import {
  type Conversation,
  type Message,
  explain,
  granted,
  hilo,
  hiloFor,
  isGone,
  ownerOf,
} from '../api/hilo.ts'
import { identity } from '../api/identity.ts'
import * as conversations from '../list/conversations.ts'
import { tell } from '../state/notices.ts'
import { Store } from '../state/store.ts'
import { words } from '../words/words.ts'
import { mayAct } from './desk.ts'
import { Follower } from './follow.ts'
import { Outbox, unsentIn } from './outbox.ts'
import { extended } from './path.ts'
import { Screen } from './screen.ts'
import { transportFor } from './transport.ts'

type Patch = components['schemas']['ConversationPatch']

interface ThreadState {
  conversation: Conversation | null
  /** Whether Hilo has it: one that was just begun is only here. */
  isThere: boolean
  /** The messages that Hilo has, on the line that is shown. Older ones may yet have to be asked for. */
  path: Message[]
  older: string | null
  isLoading: boolean
  isReadOnly: boolean
  isLost: boolean
  /** Why there is nothing to show. */
  trouble: string | null
}

const NEWEST = 50
const OLDER = 100
const SETTLE_MS = 150

/** One conversation on the screen: what Hilo has of it, and the chat that talks in it. */
export class Thread {
  readonly id: string
  readonly chat: Chat<UIMessage>
  readonly screen: Screen
  readonly outbox = new Outbox(this)
  readonly store: Store<ThreadState>
  #hilo: Hilo = hilo
  /** Whom a service speaks for here. */
  actingFor: string | undefined
  #follower: Follower | null = null
  #opened: Promise<void> = Promise.resolve()
  #loading: Promise<void> | null = null

  constructor(id: string, isNew = false) {
    this.id = id
    this.store = new Store<ThreadState>({
      conversation: null,
      isThere: !isNew,
      path: [],
      older: null,
      isLoading: !isNew,
      // A service has to find out first whether it may write.
      isReadOnly: identity.kind === 'service',
      isLost: false,
      trouble: null,
    })
    this.chat = new Chat({
      id,
      messages: isNew ? [] : unsentIn(id),
      generateId: () => crypto.randomUUID(),
      transport: transportFor(this),
      onFinish: ({ isError, isDisconnect }) => {
        // It may be on the screen no more.
        if (!isError && !isDisconnect && !this.state.isThere) this.follow()
        this.settle()
      },
      onError: () => this.settle(),
    })
    this.screen = new Screen(this.chat)
    if (!isNew) this.#opened = this.open()
  }

  get state(): ThreadState {
    return this.store.state
  }

  get hilo(): Hilo {
    return this.#hilo
  }

  get isBusy(): boolean {
    return this.screen.isBusy
  }

  async open(): Promise<void> {
    this.store.set({ isLoading: true, trouble: null })
    try {
      await this.reload()
      await this.#admit()
      this.follow()
    } catch (error) {
      // One that was begun here, and of which Hilo was never told.
      if (isGone(error) && this.outbox.keep().length > 0) this.store.set({ isThere: false })
      else this.store.set({ trouble: isGone(error) ? words.gone : explain(error) })
    } finally {
      this.store.set({ isLoading: false })
    }
  }

  /** At the desk: as whom a service writes here, if it may. */
  async #admit(): Promise<void> {
    const { conversation } = this.state
    const owner = identity.kind === 'service' && conversation && ownerOf(conversation)
    if (!owner || !(await mayAct(owner))) return
    this.actingFor = owner
    this.#hilo = hiloFor(owner)
    this.store.set({ isReadOnly: false })
  }

  /** Reads the newest page again: the conversation may have gone to another branch. */
  async reload(): Promise<void> {
    const params = { path: { id: this.id }, query: { limit: NEWEST } }
    const {
      messages,
      next_cursor: older,
      has_more: _,
      ...conversation
    } = await granted(this.#hilo.api.GET('/api/conversations/{id}', { params }))
    this.store.set({ older })
    this.learn(conversation)
    this.#show(messages)
  }

  /** Follows what happens from here on; also the one to call when Hilo has a conversation that was begun here. */
  follow(): void {
    this.store.set({ isThere: true })
    this.#follower ??= new Follower(this, this.#hilo, this.state.conversation?.message_count ?? 0)
  }

  /** Loads what comes before the oldest message that is shown. */
  older(): Promise<void> {
    const { older } = this.state
    if (older === null) return Promise.resolve()
    this.#loading ??= this.#olderThan(older).finally(() => {
      this.#loading = null
    })
    return this.#loading
  }

  async #olderThan(cursor: string): Promise<void> {
    this.store.set({ isLoading: true })
    try {
      const params = { path: { id: this.id }, query: { cursor, limit: OLDER } }
      const page = await granted(this.#hilo.api.GET('/api/conversations/{id}/messages', { params }))
      this.store.set({ older: page.next_cursor })
      this.#show([...page.data.toSorted((a, b) => a.seq - b.seq), ...this.state.path])
    } catch (error) {
      tell(explain(error), true)
      throw error
    } finally {
      this.store.set({ isLoading: false })
    }
  }

  /** Loads back to a message, on another branch if it is on none that is shown; false if it is not there. */
  async reach(messageId: string): Promise<boolean> {
    const isShown = () => this.state.path.some(({ id }) => id === messageId)
    const back = async () => {
      while (!isShown() && this.state.older !== null) await this.older()
    }
    try {
      await this.#opened
      await back()
      if (isShown() || this.state.isReadOnly) return isShown()
      await this.patch({ head_id: messageId })
      await back()
    } catch {
      // It is not there, or cannot be reached now.
    }
    return isShown()
  }

  /** Changes title, topic, state, or the branch that it is on. */
  async patch(body: Patch): Promise<void> {
    const params = { path: { id: this.id } }
    this.learn(await granted(this.#hilo.api.PATCH('/api/conversations/{id}', { params, body })))
    if (body.head_id !== undefined) await this.reload()
  }

  learn(conversation: Conversation): void {
    this.store.set({ conversation })
    conversations.put(conversation)
  }

  /** A message was kept, here or elsewhere. */
  take(message: Message): void {
    const besides = this.screen.facts.learn(message)
    const { path, older } = this.state
    const changed = new Map(besides.map((one) => [one.id, one]))
    const current = changed.size === 0 ? path : path.map((one) => changed.get(one.id) ?? one)
    const longer = extended(current, message, older === null)
    this.#put(longer ?? current)
    if (longer === null) this.settle()
  }

  /** Once nothing runs here, what Hilo has is what is shown. */
  settle(): void {
    // The chat says that it has ended only after it says that it ends.
    setTimeout(() => {
      if (this.isBusy) return
      this.screen.show(this.state.path)
      const head = this.state.conversation?.head_id ?? null
      const isElsewhere = head !== null && this.state.path.at(-1)?.id !== head
      if (isElsewhere && !this.state.isLost) void this.reload().catch(() => {})
    }, SETTLE_MS)
  }

  #show(path: Message[]): void {
    for (const message of path) this.screen.facts.learn(message)
    this.#put(path)
  }

  #put(path: Message[]): void {
    this.store.set({ path })
    this.screen.show(path)
    this.outbox.keep()
  }

  close(): void {
    this.#follower?.close()
    this.#follower = null
  }
}

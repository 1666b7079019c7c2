import type { Hilo, LiveFrame } from '../../client/client.ts'
import { type Conversation, type Message, isGone } from '../api/hilo.ts'
import * as conversations from '../list/conversations.ts'
import { words } from '../words/words.ts'
import type { Thread } from './thread.ts'

/** Brings to a thread what happens to its conversation, in this tab, another, or on another device. */
export class Follower {
  readonly #thread: Thread
  readonly #hilo: Hilo
  #after: number
  #live: { close: () => void } | null = null

  constructor(thread: Thread, hilo: Hilo, after: number) {
    this.#thread = thread
    this.#hilo = hilo
    this.#after = after
    this.#open()
    addEventListener('online', this.#open)
    addEventListener('offline', this.#lose)
  }

  close(): void {
    removeEventListener('online', this.#open)
    removeEventListener('offline', this.#lose)
    this.#live?.close()
  }

  readonly #open = (): void => {
    this.#live?.close()
    this.#live = this.#hilo.live(this.#thread.id, {
      after: this.#after,
      onFrame: (frame) => this.#take(frame),
      onLost: this.#lose,
      onEnd: () => void this.#end(),
    })
  }

  readonly #lose = (): void => this.#thread.store.set({ isLost: true })

  /** It will not be followed any more: it may have been erased while nobody was told. */
  async #end(): Promise<void> {
    this.#lose()
    if (this.#thread.state.trouble !== null) return
    await this.#thread.reload().catch((error: unknown) => {
      if (isGone(error)) this.#leave(words.gone)
    })
  }

  /** Takes it off the screen. */
  #leave(why: string): void {
    conversations.drop(this.#thread.id)
    this.#thread.store.set({ trouble: why, path: [], conversation: null })
  }

  /** Shows a reply as it is written, after what it answers: another reply to that is shown no longer. */
  async #join(answered: number): Promise<void> {
    const thread = this.#thread
    const place = () => thread.state.path.findIndex(({ seq }) => seq === answered)
    if (!thread.isBusy && place() < 0) await thread.reload()
    if (thread.isBusy) return
    if (place() >= 0) thread.screen.show(thread.state.path.slice(0, place() + 1))
    await thread.chat.resumeStream().finally(() => thread.settle())
  }

  #take(frame: LiveFrame): void {
    const thread = this.#thread
    switch (frame.event) {
      case 'ready':
        thread.store.set({ isLost: false })
        thread.learn(frame['conversation'] as Conversation)
        void thread.outbox.send().catch(() => {})
        return thread.settle()
      case 'conversation':
        thread.learn(frame['conversation'] as Conversation)
        return thread.settle()
      case 'message':
        this.#after = Math.max(this.#after, frame.seq ?? 0)
        return thread.take(frame['message'] as Message)
      case 'message-deleted':
        return thread.take(frame['message'] as Message)
      case 'reply-started':
        // One that began elsewhere, or before this page was opened.
        return void this.#join(frame.seq ?? 0).catch(() => {})
      case 'reply-ended':
        return thread.settle()
      case 'erased':
        return this.#leave(words.erasedNow)
      default:
        // The text of a reply comes by its own stream.
        return undefined
    }
  }
}

import { useSyncExternalStore } from 'react'

/** State that is changed in one place and seen in many. What is shown follows from it, and never the other way. */
export class Store<T extends object> {
  #state: T
  readonly #listeners = new Set<() => void>()

  constructor(state: T) {
    this.#state = state
  }

  get state(): T {
    return this.#state
  }

  set(patch: Partial<T>): void {
    this.#state = { ...this.#state, ...patch }
    for (const listener of this.#listeners) listener()
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}

export const useStore = <T extends object>(store: Store<T>): T =>
  useSyncExternalStore(store.subscribe, () => store.state)

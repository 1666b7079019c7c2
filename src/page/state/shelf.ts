/** What a browser keeps under a name. Where it keeps nothing, or has no room, this page does as long as it is open. */
export class Shelf {
  readonly #storage: Storage | null
  readonly #unkept = new Map<string, string>()

  /** @param open fails where a person lets no page keep anything */
  constructor(open: () => Storage) {
    try {
      this.#storage = open()
    } catch {
      this.#storage = null
    }
  }

  /** Whether what was put there will be there after a reload. */
  isLasting(name: string): boolean {
    return this.#storage !== null && !this.#unkept.has(name)
  }

  get(name: string): string | null {
    return this.#unkept.get(name) ?? this.#storage?.getItem(name) ?? null
  }

  /** What was put there as JSON; if that is nothing, or nothing that can be read, something else. */
  read<T>(name: string, otherwise: T): T {
    try {
      return (JSON.parse(this.get(name) ?? 'null') as T | null) ?? otherwise
    } catch {
      return otherwise
    }
  }

  /** @param value null for nothing */
  put(name: string, value: string | null): void {
    this.#unkept.delete(name)
    try {
      if (value === null) this.#storage?.removeItem(name)
      else if (this.#storage === null) this.#unkept.set(name, value)
      else this.#storage.setItem(name, value)
    } catch {
      // What was there before is not what is there now.
      this.#storage?.removeItem(name)
      if (value !== null) this.#unkept.set(name, value)
    }
  }

  /** Takes away everything of Hilo's. */
  clear(): void {
    const names = [...this.#unkept.keys(), ...Object.keys(this.#storage ?? {})]
    for (const name of names) if (name.startsWith('hilo.')) this.put(name, null)
  }
}

export const device = new Shelf(() => localStorage)
export const tab = new Shelf(() => sessionStorage)

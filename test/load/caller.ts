import { setTimeout as sleep } from 'node:timers/promises'

import { type ServerEvent, eventsOf } from '../support/events.ts'
import { type Measures, between } from './measures.ts'

export interface Answer<T> {
  status: number
  body: T
}

interface Problem {
  type: string
  retry_after?: number
}

/** How long a caller insists before a request counts as never answered. */
const PATIENCE_MS = 180_000
const ATTEMPT_MS = 60_000
const LONGEST_WAIT_MS = 2_000

/** Where the server is now: after a kill it comes back at another port. */
export type Where = { readonly url: string }

/** Thrown once a caller has given up, after it has been noted as a broken promise. */
export class GaveUp extends Error {
  override readonly name = 'GaveUp'
}

/** A client that takes no connection for granted: it asks until it is answered, with the same words. */
export class Caller {
  readonly #where: Where
  readonly #measures: Measures
  readonly #token: string

  constructor(where: Where, measures: Measures, token: string) {
    this.#where = where
    this.#measures = measures
    this.#token = token
  }

  /** Asks until the server says yes. Connection errors, 5xx and a busy conversation are no answers. */
  async ask<T>(what: string, method: string, path: string, body?: object): Promise<Answer<T>> {
    return this.persist(what, async () => {
      const began = performance.now()
      const response = await this.send(method, path, body, AbortSignal.timeout(ATTEMPT_MS))
      const text = await response.text()
      if (!response.ok) return this.#refused(what, response.status, text)
      this.#measures.took(what, performance.now() - began)
      return { status: response.status, body: JSON.parse(text) as T }
    })
  }

  /** Makes attempts until one comes to something. */
  async persist<T>(what: string, attempt: () => Promise<T | null>): Promise<T> {
    const deadline = Date.now() + PATIENCE_MS
    for (let wait = 50; Date.now() < deadline; wait = Math.min(wait * 2, LONGEST_WAIT_MS)) {
      try {
        const answer = await attempt()
        if (answer !== null) return answer
      } catch (error) {
        if (error instanceof GaveUp) throw error
        this.#measures.count(`error ${kindOf(error)}`)
      }
      await sleep(between(wait / 2, wait))
    }
    this.#measures.break(`${what}: not answered in ${PATIENCE_MS / 1000} s`)
    throw new GaveUp(what)
  }

  send(
    method: string,
    path: string,
    body: object | undefined,
    signal: AbortSignal,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    return fetch(this.#where.url + path, {
      method,
      signal,
      headers: {
        ...(this.#token !== '' && { authorization: `Bearer ${this.#token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
  }

  /** Events of a stream as they come; null if the server refused for now, or has none. */
  async stream(
    what: string,
    method: 'GET' | 'POST',
    path: string,
    body: object | undefined,
    signal: AbortSignal,
  ): Promise<AsyncGenerator<ServerEvent> | null> {
    const response = await this.send(method, path, body, signal, { accept: 'text/event-stream' })
    if (response.status === 204) return null
    if (response.ok) return eventsOf(response)
    return this.#refused(what, response.status, await response.text())
  }

  /** What an attempt that was refused comes to: null if it should be made again. */
  #refused(what: string, status: number, text: string): null {
    const { type } = problemIn(text)
    const isForNow = status >= 500 || type === '/problems/conversation-busy'
    this.#measures.count(`error ${status} ${type}`)
    if (isForNow) return null
    this.#measures.break(`${what}: refused with ${status} ${type}`)
    throw new GaveUp(what)
  }
}

// What stands before the server says its own 500s and 503s as text.
function problemIn(text: string): Problem {
  try {
    return JSON.parse(text) as Problem
  } catch {
    return { type: 'not a problem document' }
  }
}

/** What went wrong, by name: undici hides it in the cause. */
export function kindOf(error: unknown): string {
  for (let at = error; at instanceof Error; at = at.cause) {
    const { code } = at as NodeJS.ErrnoException
    if (typeof code === 'string') return code
    if (at.name === 'TimeoutError') return 'timeout'
    if (at.cause === undefined) return `${at.name}: ${at.message.slice(0, 60)}`
  }
  return 'unknown'
}

import { stripVTControlCharacters } from 'node:util'

import type { Measures } from './measures.ts'

const EVENT = /event: '([\w-]+)'[^{}]*\}/g

/** Reads the server's log as it comes and counts its events. */
export class LogWatch {
  readonly #measures: Measures
  #rest = ''
  /** The oldest change that a failed flush had to carry, in ms. */
  longestBacklogMs = 0
  mostBacklogMessages = 0

  constructor(measures: Measures) {
    this.#measures = measures
  }

  read(data: Buffer): void {
    const text = this.#rest + stripVTControlCharacters(data.toString())
    let end = 0
    for (const match of text.matchAll(EVENT)) {
      end = match.index + match[0].length
      this.#event(match[1] ?? '', match[0])
    }
    this.#rest = text.slice(end).slice(-4_000)
  }

  #event(name: string, fields: string): void {
    const text = (field: string) => fields.match(new RegExp(`\\b${field}: '?([^',}\n]+)`))?.[1]
    const number = (field: string) => Number(text(field) ?? 0)
    const detail = text('error') ?? text('alert') ?? text('outcome')
    this.#measures.count(`event ${name}${detail === undefined ? '' : ` (${detail.trim()})`}`)
    if (name !== 'flush-failed') return
    this.longestBacklogMs = Math.max(this.longestBacklogMs, number('backlog_ms'))
    this.mostBacklogMessages = Math.max(this.mostBacklogMessages, number('backlog_messages'))
  }
}

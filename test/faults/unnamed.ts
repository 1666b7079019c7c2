import { expect } from 'vitest'

import type { Message } from '../support/api.ts'
import type { Expected } from './expected.ts'

/** Who has to have said a message. */
export function originOf(about: Expected, { id, content, status, origin }: Message): string {
  if (about.isBrought(id)) return 'import'
  if (about.sent.has(id) || about.unnamed.has(content)) return 'client'
  // Who said it is not known by what it says any more.
  return status === 'deleted' ? origin : 'model'
}

/** What its client gave no id is there as often as it was said, however often it was sent. */
export function checkUnnamed(about: Expected, messages: Message[]): void {
  const isDeleted = messages.some(({ status }) => status === 'deleted')
  for (const [text, said] of about.unnamed) {
    const count = messages.filter(({ content }) => content === text).length
    const least = said === 'yes' && !isDeleted && !about.isAnother ? 1 : 0
    expect({ text, isRight: count >= least && count <= 1, count }).toMatchObject({ isRight: true })
  }
}

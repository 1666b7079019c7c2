import type { Conversation } from '../contract/conversation.ts'
import type { Fork, PortableMessage } from '../contract/portable.ts'
import type { Totals, Writer } from './format.ts'

/** UTF-16 units of text in one piece, but for a message that is longer. */
const PIECE_CHARS = 64 * 1024

export interface Source {
  conversation: Conversation
  /** JSON in pieces; none if there is nothing. */
  extra: AsyncIterable<string> | Iterable<string>
  /** How many messages are on other branches than the one that is given out. */
  leftOut: number
  pages: AsyncIterable<SourcePage> | Iterable<SourcePage>
}

export interface SourcePage {
  messages: PortableMessage[]
  forks: Fork[]
}

/** Writes conversations in a format. It asks for no page before the one before it is read. */
export async function* write(
  writer: Writer,
  sources: AsyncIterable<Source>,
  totals: Totals,
): AsyncGenerator<string, void, undefined> {
  const opening = writer.open()
  if (opening !== '') yield opening
  for await (const { conversation, extra, leftOut, pages } of sources) {
    let piece = writer.conversation(conversation, leftOut)
    totals.conversations += 1
    if (writer.extra) {
      let isNothing = true
      for await (const json of extra) {
        yield piece + writer.extra.piece(json)
        piece = ''
        isNothing = false
      }
      if (isNothing) piece += writer.extra.piece('null')
      piece += writer.extra.close()
    }
    for await (const { messages, forks } of pages) {
      writer.forks?.(forks)
      for (const message of messages) {
        if (message.status === 'deleted' && !writer.keepsPlaces) continue
        piece += writer.message(message)
        totals.messages += 1
        if (piece.length < PIECE_CHARS) continue
        yield piece
        piece = ''
      }
    }
    piece += writer.closeConversation()
    if (writer.leftOut) totals.left_out = writer.leftOut()
    if (piece !== '') yield piece
  }
  const end = await writer.end(totals)
  if (end !== '') yield end
}

import type { Message } from '../contract/message.ts'
import type { PortableConversation } from '../contract/portable.ts'
import { sha256 } from './digest.ts'
import type { Beginning, Format, Totals } from './format.ts'

/** UTF-16 units of text in one piece, but for a message that is longer. */
const PIECE_CHARS = 64 * 1024

export interface Source {
  conversation: PortableConversation
  pages: AsyncIterable<Message[]> | Iterable<Message[]>
}

/** Writes conversations in a format. It asks for no page before the one before it is read. */
export async function* write(
  format: Format,
  beginning: Beginning,
  sources: AsyncIterable<Source>,
  totals: Totals,
): AsyncGenerator<string, void, undefined> {
  const writer = format.writer(beginning, sha256())
  const opening = writer.open()
  if (opening !== '') yield opening
  for await (const { conversation, pages } of sources) {
    let piece = writer.conversation(conversation)
    totals.conversations += 1
    for await (const messages of pages) {
      for (const message of messages) {
        piece += writer.message(message)
        totals.messages += 1
        if (piece.length < PIECE_CHARS) continue
        yield piece
        piece = ''
      }
    }
    piece += writer.closeConversation()
    if (piece !== '') yield piece
  }
  const end = await writer.end(totals)
  if (end !== '') yield end
}

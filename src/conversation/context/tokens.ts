import { estimateTokenCount, sliceByTokens } from 'tokenx'

import type { ModelMessage, ModelPart } from '../../model/model.ts'

/** What an image is counted as: between a small and a large one of current vision models. */
export const IMAGE_TOKENS = 1_000
/** What a file is counted as at least: a few pages. */
export const FILE_TOKENS = 2_000
/** What the form of a message costs beside its text. */
const MESSAGE_TOKENS = 4
/** Characters of a file's data, which is base64, that are counted as a token. */
const DATA_CHARS_PER_TOKEN = 4

// Prose has four UTF-16 units a token, so a text with more than this each is too long without being read.
const CHARS_PER_TOKEN = 16

/** Tokens of a text, estimated; `enough` and more if it is clear from its length that it has those. */
export function textTokens(text: string, enough = Infinity): number {
  return text.length > enough * CHARS_PER_TOKEN ? enough : estimated(text)
}

// The same newest messages are asked for again and again, and counting is most of what a context takes.
const counted = new Map<string, number>()
const COUNTED_TEXTS = 1_000
const COUNTED_CHARS = 2_000

function estimated(text: string): number {
  if (text.length > COUNTED_CHARS) return estimateTokenCount(text)
  const known = counted.get(text)
  if (known !== undefined) return known
  if (counted.size >= COUNTED_TEXTS) counted.clear()
  const tokens = estimateTokenCount(text)
  counted.set(text, tokens)
  return tokens
}

const partTokens = (part: ModelPart, enough: number): number => {
  if (part.type === 'text') return textTokens(part.text, enough)
  if (part.type === 'file') {
    const { filename = '', file_data: data = '' } = part.file
    return Math.max(FILE_TOKENS, dataTokens(data) + textTokens(filename, enough))
  }
  const { url = '' } = part.image_url
  // A provider scales an image down; whatever else stands in its place has its whole length.
  return /^data:image\//i.test(url) ? IMAGE_TOKENS : Math.max(IMAGE_TOKENS, dataTokens(url))
}

const dataTokens = (data: string): number => Math.ceil(data.length / DATA_CHARS_PER_TOKEN)

/** What a file of so many bytes counts that is sent along as base64. */
export const fileTokens = (bytes: number): number =>
  Math.max(FILE_TOKENS, Math.ceil((bytes * 4) / 3 / DATA_CHARS_PER_TOKEN))

export function messageTokens(message: ModelMessage, enough = Infinity): number {
  const { content } = message
  const ofContent =
    typeof content === 'string'
      ? textTokens(content, enough)
      : content.reduce((sum, part) => sum + partTokens(part, enough), 0)
  const calls = 'tool_calls' in message ? message.tool_calls : undefined
  const answered = 'tool_call_id' in message ? message.tool_call_id : ''
  const ofCalls = calls ? textTokens(JSON.stringify(calls), enough) : 0
  const sent = 'sent' in message ? message.sent : undefined
  const ofReasoning = textTokens(sent?.reasoning ?? '', enough)
  return MESSAGE_TOKENS + ofContent + ofCalls + ofReasoning + textTokens(answered, enough)
}

/** The beginning of a text, as many tokens as there is room for, and a mark that it was cut. */
export function cutText(text: string, room: number, mark: string): string {
  if (textTokens(text, room + 1) <= room) return text
  let wanted = Math.max(0, room - textTokens(mark))
  for (;;) {
    const cut = beginningOf(text, wanted) + mark
    if (wanted === 0 || textTokens(cut) <= room) return cut
    // A piece may be counted as more than its share of the whole, such as of a run of emoji.
    wanted = Math.floor(wanted * 0.8)
  }
}

function beginningOf(text: string, tokens: number): string {
  const beginning = sliceByTokens(text.slice(0, tokens * CHARS_PER_TOKEN), 0, tokens)
  // Half a surrogate pair at the end is no character.
  return beginning.replace(/[\uD800-\uDBFF]$/, '').trimEnd()
}

/**
 * A message cut to fit: its text, from its end; images and files go first, since they can't be cut. Calls that are too
 * long for the room even by themselves lose their arguments.
 */
export function cutMessage(whole: ModelMessage, room: number, mark: string): ModelMessage {
  const message = withoutLongCalls(whole, room, mark)
  const { content } = message
  const forText = room - messageTokens({ ...message, content: '' })
  if (typeof content === 'string') return { ...message, content: cutText(content, forText, mark) }
  const text = content.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n')
  const isTextOnly = content.every((part) => part.type === 'text')
  return {
    ...message,
    content: isTextOnly
      ? cutText(text, forText, mark)
      : cutText(text, forText - textTokens(mark), mark) + mark,
  }
}

function withoutLongCalls(message: ModelMessage, room: number, mark: string): ModelMessage {
  const calls = 'tool_calls' in message ? message.tool_calls : undefined
  if (!calls || messageTokens({ ...message, content: '' }, room + 1) <= room) return message
  // What stands in their place is JSON as well: some endpoints refuse what is not.
  const cut = JSON.stringify({ cut: mark.trim() })
  const share = Math.floor(room / calls.length)
  const shortened = calls.map((call) =>
    textTokens(call.function.arguments, share + 1) <= share / 2
      ? call
      : { ...call, function: { ...call.function, arguments: cut } },
  )
  return { ...message, tool_calls: shortened } as ModelMessage
}

import { type KnownPart, type Part, isKnownPart, thoughtsOf } from '../contract/part.ts'
import type { PortableMessage } from '../contract/portable.ts'
import { addressOf } from './links.ts'
import { type Piece, piecesOf } from './pieces.ts'
import type { Words } from './words.ts'

type Of<Type extends KnownPart['type']> = Extract<KnownPart, { type: Type }>

/** How a format for people writes what a message has: each thing as its blocks. */
export interface Blocks {
  said: (message: PortableMessage) => string[]
  folded: (summary: string, pieces: Piece[]) => string
  file: (file: Of<'file'>['file'], words: Words) => string[]
  source: (source: Of<'source'>, words: Words) => string
  image: (address: string, words: Words) => string
}

/** What a message has, in the order in which people read it. */
export function bodyOf(message: PortableMessage, words: Words, blocks: Blocks): string[] {
  const { content, parts, tool_calls: calls } = message
  const { folded, said } = blocks
  const thoughts = thoughtsOf(parts).map((text) =>
    folded(words.reasoning, [{ name: null, text, isJson: false }]),
  )
  const others = (parts ?? []).flatMap((part) => attached(part, words, blocks))
  if (message.role === 'tool') {
    const isBeside = content === '' && others.length > 0
    return [...(isBeside ? [] : [folded(words.toolResult, piecesOf(content))]), ...others]
  }
  const called = (calls ?? []).map(({ function: { name, arguments: given } }) =>
    folded(`${words.toolCall} ${name}`, piecesOf(given)),
  )
  return [...thoughts, ...said(message), ...others, ...called]
}

function attached(part: Part, words: Words, blocks: Blocks): string[] {
  const asJson = (name: string, value: unknown) => [
    blocks.folded(name, piecesOf(JSON.stringify(value, null, 2))),
  ]
  if (!isKnownPart(part)) return asJson(part.type, part)
  switch (part.type) {
    case 'text':
    case 'refusal':
    case 'reasoning':
      return []
    case 'file':
      return blocks.file(part.file, words)
    case 'source':
      return [blocks.source(part, words)]
    case 'data':
      return asJson(part.name, part.data)
    case 'image_url':
      return [blocks.image(addressOf(part.image_url), words)]
  }
}

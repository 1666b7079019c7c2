import { isFileId } from '../../contract/file.ts'
import { type JsonObject, isObject } from '../../contract/json.ts'
import type { Message } from '../../contract/message.ts'
import { type Part, isKnownPart } from '../../contract/part.ts'

const textIn = (value: unknown): string | null => (typeof value === 'string' ? value : null)

const isDetail = (value: unknown): value is 'auto' | 'low' | 'high' =>
  value === 'auto' || value === 'low' || value === 'high'

/** A piece of an item's content as parts of a message; what no other protocol knows is a part of its own kind. */
export function partsOf(piece: JsonObject): Part[] {
  const { type } = piece
  const text = textIn(piece['text'])
  if ((type === 'input_text' || type === 'output_text' || type === 'text') && text !== null) {
    return [...(text === '' ? [] : [{ type: 'text' as const, text }]), ...sourcesIn(piece)]
  }
  const refusal = textIn(piece['refusal'])
  if (type === 'refusal' && refusal) return [{ type: 'refusal', text: refusal }]
  const id = textIn(piece['file_id']) ?? undefined
  if (type === 'input_image' && isFileId(id)) {
    const { detail } = piece
    const image = { file_id: id, ...(isDetail(detail) && { detail }) }
    return [{ type: 'image_url', image_url: image }]
  }
  const url = textIn(piece['image_url'])
  if (type === 'input_image' && url) {
    const { detail } = piece
    const image = { url, ...(isDetail(detail) && { detail }) }
    return [{ type: 'image_url', image_url: image }]
  }
  if (type === 'input_file' || type === 'input_image') return fileIn(piece)
  return [piece as Part]
}

function fileIn(piece: JsonObject): Part[] {
  const names = ['file_id', 'filename', 'file_data']
  const file = Object.fromEntries(
    names.flatMap((name) => (textIn(piece[name]) === null ? [] : [[name, piece[name]]])),
  )
  const url = textIn(piece['file_url'])
  if (url) return [{ type: 'source', url, ...(file['filename'] && { title: file['filename'] }) }]
  return [{ type: 'file', file }]
}

/** Pages that a text cites. */
function sourcesIn({ annotations }: JsonObject): Part[] {
  if (!Array.isArray(annotations)) return []
  return annotations.filter(isObject).flatMap(({ type, url, title }): Part[] => {
    if (type !== 'url_citation' || typeof url !== 'string' || url === '') return []
    return [{ type: 'source', url, ...(typeof title === 'string' && { title }) }]
  })
}

/** What a person, or the system, says and sends. */
export function inputContent({ content, parts }: Message): JsonObject[] {
  if (parts === null) return [{ type: 'input_text', text: content }]
  const pieces = parts.filter(isKnownPart).flatMap((part): JsonObject[] => {
    switch (part.type) {
      case 'text':
      case 'refusal':
      case 'reasoning':
        return [{ type: 'input_text', text: part.text }]
      case 'image_url': {
        const { file_id, url = null, detail = 'auto' } = part.image_url
        const image = file_id === undefined ? { image_url: url } : { file_id }
        return [{ type: 'input_image', ...image, detail }]
      }
      case 'file':
        return [{ type: 'input_file', ...(part.file as JsonObject) }]
      case 'source':
        return [
          { type: 'input_file', file_url: part.url, ...(part.title && { filename: part.title }) },
        ]
      case 'data':
        return [{ type: 'input_text', text: `[${part.name}]` }]
    }
  })
  const isSaid = pieces.some(({ type }) => type === 'input_text')
  return isSaid || content === '' ? pieces : [{ type: 'input_text', text: content }, ...pieces]
}

/** What the model says: its text, and where that comes from. */
export function outputContent({ content, parts, origin }: Message): JsonObject[] {
  const known = (parts ?? []).filter(isKnownPart)
  const refusal = known.find((part) => part.type === 'refusal')
  if (refusal) return [{ type: 'refusal', refusal: refusal.text }]
  const at = content.length
  const annotations = known.flatMap((part) =>
    part.type === 'source'
      ? [
          {
            type: 'url_citation',
            url: part.url,
            title: part.title ?? part.url,
            start_index: at,
            end_index: at,
          },
        ]
      : [],
  )
  const text = content === '' ? namesIn(known) : content
  const more = origin === 'model' ? { logprobs: [] } : {}
  return text === '' ? [] : [{ type: 'output_text', text, annotations, ...more }]
}

/** What the model sent beside words, by its name. */
const namesIn = (parts: ReturnType<typeof knownIn>): string =>
  parts
    .flatMap((part) => {
      if (part.type === 'data') return [`[${part.name}]`]
      if (part.type === 'image_url') {
        const { url = 'data:' } = part.image_url
        return [url.startsWith('data:') ? '[image]' : url]
      }
      return part.type === 'file' ? [`[${part.file.filename ?? 'file'}]`] : []
    })
    .join('\n')

const knownIn = (parts: Part[]) => parts.filter(isKnownPart)

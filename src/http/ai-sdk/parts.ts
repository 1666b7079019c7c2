import { isFileId } from '../../contract/file.ts'
import type { JsonObject } from '../../contract/json.ts'
import { type Part, isKnownPart } from '../../contract/part.ts'
import { type Kept, type KeptPart, isSame } from './kept.ts'
import type { UIPart } from './ui-message.ts'

/** Before the id of a file of Hilo's, in the place of its address, which is another one each hour. */
export const FILE = 'hilo-file:'

/** Kinds of this protocol that are nothing by themselves, or that Hilo has others for. */
const OWN = ['text', 'reasoning', 'file', 'source-url', 'step-start']

/** Hilo's part for one of the AI SDK's; null if none says the same. */
function partOf(part: UIPart): Part | null {
  const { type, text, url, mediaType, title, filename } = part as Record<string, unknown>
  const named = (name: string, value: unknown) =>
    typeof value === 'string' && value !== '' ? { [name]: value } : {}
  if (type === 'text' || type === 'reasoning') {
    return typeof text === 'string' && text !== '' ? { type, text } : null
  }
  if (type === 'file' && typeof url === 'string' && url !== '') {
    const id = url.startsWith(FILE) ? url.slice(FILE.length) : undefined
    if (id !== undefined && String(mediaType).startsWith('image/')) {
      return { type: 'image_url', image_url: { file_id: id } }
    }
    if (id !== undefined) {
      return { type: 'file', file: { file_id: id, ...named('filename', filename) } }
    }
    if (String(mediaType).startsWith('image/')) return { type: 'image_url', image_url: { url } }
    if (!url.startsWith('data:')) return { type: 'source', url, ...named('title', filename) }
    return { type: 'file', file: { ...named('filename', filename), file_data: url } }
  }
  if (type === 'source-url' && typeof url === 'string' && url !== '') {
    return { type: 'source', url, ...named('title', title) }
  }
  const [, name] = /^data-(.{1,128})$/s.exec(part.type) ?? []
  if (name !== undefined && 'data' in part) return { type: 'data', name, data: part['data']! }
  // The rest is kept as it came, unless its name means something else here.
  return OWN.includes(type as string) || isKnownPart(part) ? null : part
}

/** One of Hilo's parts as the AI SDK has it. `at` numbers sources, which have ids there. */
export function uiPartOf(part: Part, at: number): UIPart {
  if (!isKnownPart(part)) return { type: `data-${part.type}`, data: part }
  switch (part.type) {
    case 'text':
    case 'refusal':
      return { type: 'text', text: part.text }
    case 'reasoning':
      return { type: 'reasoning', text: part.text }
    case 'image_url': {
      const { file_id: id = '', url = `${FILE}${id}` } = part.image_url
      return { type: 'file', mediaType: mediaTypeOf(url), url }
    }
    case 'file': {
      const { file_data: data, file_id: id, filename } = part.file
      const address = part.file.url ?? (isFileId(id) ? `${FILE}${id}` : data)
      if (address === undefined) return { type: 'data-file', data: part.file }
      const url = /^(data|https?|hilo-file):/.test(address)
        ? address
        : `data:application/octet-stream;base64,${address}`
      return {
        type: 'file',
        mediaType: mediaTypeOf(url, 'application/octet-stream'),
        url,
        ...(filename !== undefined && { filename }),
      }
    }
    case 'source': {
      const { url, title } = part
      return {
        type: 'source-url',
        sourceId: `source-${at + 1}`,
        url,
        ...(title !== undefined && { title }),
      }
    }
    case 'data':
      return { type: `data-${part.name}`, data: part.data }
  }
}

const endings: Record<string, string> = { jpg: 'jpeg', svg: 'svg+xml' }

/** What kind of file a URL is of: what a data URL says, or else what its name ends with. */
function mediaTypeOf(url: string, otherwise = 'image/png'): string {
  const [, said] = /^data:([\w.+-]+\/[\w.+-]+)/.exec(url) ?? []
  if (said !== undefined) return said.toLowerCase()
  const [, ending] = /\.(png|jpe?g|gif|webp|avif|svg)(?:[?#]|$)/i.exec(url) ?? []
  const type = ending?.toLowerCase()
  return type === undefined ? otherwise : `image/${endings[type] ?? type}`
}

/** Parts as Hilo keeps them, and what else it takes to give them back as they came. */
export function toParts(parts: UIPart[]): { parts: Part[]; kept: KeptPart[] | null } {
  const mapped: Part[] = []
  const kept = parts.map((part, at): KeptPart => {
    const own = partOf(part)
    if (own === null) return { only: part }
    mapped.push(own)
    if (own === part) return { same: true }
    const back = uiPartOf(own, at)
    if (isSame(back, part)) return null
    const more = Object.entries(part).filter(([key, value]) => !isSame(back[key], value))
    const plus = Object.fromEntries(more)
    return isSame(withFields(back, plus), part) ? { plus } : { whole: part }
  })
  return { parts: mapped, kept: kept.every((one) => one === null) ? null : kept }
}

/** Parts as they came by this protocol, or as it shows those of others. */
export function toUIParts(parts: Part[], kept: Kept['parts']): UIPart[] {
  if (kept === undefined) return parts.map(uiPartOf)
  const left = parts.values()
  return kept.flatMap((one, at): UIPart[] => {
    if (one !== null && 'only' in one) return [one.only]
    const { value: own } = left.next()
    if (own === undefined) return []
    if (one !== null && 'whole' in one) return [one.whole]
    if (one !== null && 'same' in one) return [own as UIPart]
    return [withFields(uiPartOf(own, at), one?.plus ?? {})]
  })
}

const withFields = (part: UIPart, plus: JsonObject): UIPart => ({ ...part, ...plus }) as UIPart

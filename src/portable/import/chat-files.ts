import type { Part } from '../../contract/part.ts'
import { fileNamed, kindShown } from './parts.ts'
import { type Fields, fieldsOf, idOf, isFields, textOf } from './values.ts'

/** What is shown of a part that is no text; null for what only says where a step begins. */
export function shownOf(part: Fields): string | null {
  const type = textOf(part['type'])
  if (type === 'step-start') return null
  if (type.includes('image') || imageOf(part).length > 0) return 'image'
  if (type.includes('audio')) return 'audio'
  return nameIn(part) ?? idOf(kindShown(type)) ?? 'content'
}

/** A picture or a file that is in a part, or its name. */
export function attachedIn(part: Fields): Part[] {
  const image = imageOf(part)
  const name = nameIn(part)
  if (image.length > 0) return image
  const data = dataIn(part)
  if (data !== '') {
    return [{ type: 'file', file: { ...(name !== null && { filename: name }), file_data: data } }]
  }
  return name === null ? [] : [fileNamed(name)]
}

/** Whether a part is all of what it stands for, and not its name alone. */
export const isWhole = (part: Part): boolean =>
  part.type === 'image_url' || (part.type === 'file' && isBrought((part as Fields)['file']))

const isBrought = (file: unknown): boolean =>
  idOf(fieldsOf(file)['file_data'], fieldsOf(file)['file_id']) !== null

const nameIn = ({ file, filename, name, title }: Fields): string | null =>
  idOf(fieldsOf(file)['filename'], filename, name, title)

/** A picture that comes with the message, in each of the forms that APIs have for it. */
function imageOf(part: Fields): Part[] {
  const { type, image_url: linked, image, source } = part
  const inside = isFields(linked) ? textOf(linked['url']) : textOf(linked)
  const address = inside || addressIn(image) || dataIn(part) || textOf(fieldsOf(source)['url'])
  const isImage =
    address.startsWith('data:image/') ||
    (textOf(type).includes('image') && /^https?:/.test(address))
  if (!isImage) return []
  return [{ type: 'image_url', image_url: { ...fieldsOf(linked), url: address } }] as Part[]
}

const addressIn = (image: unknown): string =>
  /^(data:image\/|https?:)/.test(textOf(image)) ? textOf(image) : ''

/** The bytes of a file as an address, in each of the forms that APIs have for them; nothing if there are none. */
function dataIn(part: Fields): string {
  const { file, source, inlineData, file_data: given, url, data, image, mediaType, mimeType } = part
  const { media_type: kind, data: inSource } = fieldsOf(source)
  const inline = fieldsOf(inlineData)
  const { data: heard, format } = fieldsOf(part['input_audio'])
  const whole = [fieldsOf(file)['file_data'], given, url, data, image].map(textOf)
  const address = whole.find((one) => /^data:[^,]{0,255};base64,/.test(one))
  if (address !== undefined) return address
  const pairs = [
    [kind, fieldsOf(source)['type'] === 'base64' ? inSource : null],
    [inline['mimeType'], inline['data']],
    [mediaType ?? mimeType, data ?? image],
    [`audio/${textOf(format) || 'wav'}`, heard],
  ]
  const [type, bytes] = pairs.find((pair) => pair.every((one) => textOf(one) !== '')) ?? []
  return type === undefined ? '' : `data:${textOf(type)};base64,${textOf(bytes)}`
}

import type { Role } from '../../../contract/message.ts'
import type { Part } from '../../../contract/part.ts'
import { roleOf } from '../found.ts'
import {
  type FilesBeside,
  fileIn,
  fileNamed,
  inFile,
  nameOf,
  pictureAt,
  placeholderOf,
  sourcesIn,
  wordsOf,
} from '../parts.ts'
import { type Fields, fieldsOf, idOf, isFields, listOf, rest, textOf } from '../values.ts'

// Instructions and memory are sent under the person's name, who never wrote them. An unknown author is kept and
// shown, but not sent to a model.
export const roleIn = (author: Fields, type: string): Role =>
  type.endsWith('_editable_context') ? 'system' : (roleOf(author['role']) ?? 'system')

/** The model that answered: `auto` only says that ChatGPT chose it. */
export const modelIn = (fields: Fields): string | null =>
  idOf(
    ...['model_slug', 'resolved_model_slug', 'default_model_slug']
      .map((name) => fields[name])
      .filter((slug) => slug !== 'auto'),
  )

/** Where each type of content has its text, beside its parts. */
const texts = new Map<string, readonly string[]>([
  ['text', ['text']],
  ['multimodal_text', ['text']],
  ['code', ['text']],
  ['execution_output', ['text']],
  ['system_error', ['name', 'text']],
  ['tether_quote', ['title', 'url', 'text']],
  ['tether_browsing_display', ['summary', 'result']],
  ['user_editable_context', ['user_profile', 'user_instructions']],
  ['model_editable_context', ['model_set_context']],
])

export interface Content {
  text: string
  /** Pictures, files and pages beside the text. */
  parts: Part[]
  /** What is shown if there is no text; null if there is nothing to show. */
  placeholder: string | null
}

export function readContent(
  content: Fields,
  metadata: Fields,
  role: Role,
  beside?: FilesBeside,
): Content {
  const type = textOf(content['content_type'])
  const parts = listOf(content['parts'])
  const lines = parts.map((part) => (isMedia(part) ? '' : wordsOf(part)))
  const others = parts.filter(isFields).filter((part) => isMedia(part) || wordsOf(part) === '')
  // The words of a recording may stand beside it, or in it.
  if (lines.join('') === '') lines.push(...others.map(heardIn))
  const known = texts.get(type)
  lines.push(
    ...(known ? known.map((key) => textOf(content[key])) : [wordsOf({ ...content, name: null })]),
  )
  const found = role === 'tool' && lines.join('') === '' ? foundIn(metadata) : []
  if (lines.join('') === '') lines.push(...toldIn(metadata), ...found.map(toldOf))
  const text = lines.filter((line) => line !== '').join('\n')
  others.push(...[content['screenshot']].filter(isFields), ...drawnIn(metadata))
  const broughtBy = (other: Fields) =>
    pointersIn(other).flatMap((pointer) => inFile(pointer, beside, kindOf(other) === 'image'))
  const brought = others.flatMap(broughtBy)
  const isBrought = (other: Fields) => broughtBy(other).length > 0
  const pictures = [...others.flatMap((other) => pictureAt(other['asset_pointer'])), ...brought]
  const left = others.filter((other) => !isBrought(other))
  const [attached, files] = attachedIn(withoutThose(metadata, others.filter(isBrought)), beside)
  const names = namesOf(left, attached, text !== '')
  const placeholder =
    placeholderOf(names) ??
    (known || type === '' || pictures.length + files.length > 0 ? null : `[${type}]`)
  const { display_title: title, display_url: url } = fieldsOf(content['metadata'])
  const page = type === 'tether_quote' ? content : { title, url }
  const shown = [...pictures, ...files, ...(text === '' ? [] : names.map(fileNamed))]
  return { text, parts: [...shown, ...sourcesIn([page, ...found])], placeholder }
}

/** A person's instructions, which some exports have beside their message alone. */
function toldIn(metadata: Fields): string[] {
  const { about_user_message: person, about_model_message: model } = fieldsOf(
    metadata['user_context_message_data'],
  )
  return [textOf(person), textOf(model)]
}

/** What a search brought, if nothing else tells it. */
const foundIn = (metadata: Fields): Fields[] =>
  listOf(metadata['search_result_groups'])
    .flatMap((group) => listOf(fieldsOf(group)['entries']))
    .filter(isFields)

const toldOf = ({ title, url, snippet }: Fields): string =>
  `${[title, url, snippet].map(textOf).filter(Boolean).join('\n')}\n`

/** A picture, a recording or a film that is not told in words. */
const isMedia = (part: unknown): boolean =>
  /^(image|audio|video|real_time)/.test(textOf(fieldsOf(part)['content_type'])) &&
  textOf(fieldsOf(part)['text']) === ''

function heardIn({ metadata, audio_asset_pointer: audio }: Fields): string {
  const { transcription, word_transcription: heard } = fieldsOf(metadata)
  return textOf(transcription) || textOf(heard) || (isFields(audio) ? heardIn(audio) : '')
}

/** Pictures that code drew. */
const drawnIn = (metadata: Fields): Fields[] =>
  listOf(fieldsOf(metadata['aggregate_result'])['messages'])
    .filter(isFields)
    .filter((one) => one['message_type'] === 'image')
    .map(({ image_url: pointer }) => ({ content_type: 'image', asset_pointer: pointer }))

/** What is attached, by its names, and what else is no text, by its kinds; of a recording beside its words nothing. */
function namesOf(others: Fields[], attached: Fields[], isSaid: boolean): string[] {
  const ids = attached.flatMap((file) => idOf(file['id']) ?? [])
  const unnamed = others.filter((other) => {
    const pointer = textOf(other['asset_pointer'])
    const isNamed = ids.some((id) => pointer.endsWith(id))
    return !isNamed && pictureAt(pointer).length === 0
  })
  const kinds = unnamed
    .map(kindOf)
    .filter((kind) => !isSaid || (kind !== 'audio' && kind !== 'video'))
  return [...new Set([...attached.map((file) => nameOf(file) ?? 'file'), ...kinds])]
}

/** Where a part's files are: a recording has its sound and its film apart, or pictures of that. */
const pointersIn = ({
  asset_pointer: own,
  audio_asset_pointer: audio,
  video_container_asset_pointer: video,
  frames_asset_pointers: frames,
}: Fields): string[] =>
  [own, audio, video, ...listOf(frames)]
    .map((one) => textOf(isFields(one) ? one['asset_pointer'] : one))
    .filter((pointer) => pointer !== '')

/** The attachments that are not shown already. */
function withoutThose(metadata: Fields, shown: Fields[]): Fields[] {
  const pointers = shown.flatMap(pointersIn)
  const attachments = listOf(metadata['attachments']).filter(isFields)
  return attachments.filter((file) => {
    const id = idOf(file['id'])
    return id === null || !pointers.some((pointer) => pointer.endsWith(id))
  })
}

/** The attachments that are known by name alone, and the files that the others are. */
function attachedIn(attachments: Fields[], beside?: FilesBeside): [Fields[], Part[]] {
  const files = attachments.map((file) => ({ file, parts: fileIn(file, beside) }))
  const unseen = files.filter(({ parts }) => parts.length === 0)
  return [unseen.map(({ file }) => file), files.flatMap(({ parts }) => parts)]
}

function kindOf(other: Fields): string {
  const type = textOf(other['content_type'])
  if (type.startsWith('image')) return 'image'
  const frames = listOf(other['frames_asset_pointers']).length > 0
  if (frames || type.startsWith('video') || isFields(other['video_container_asset_pointer']))
    return 'video'
  return type.includes('audio') ? 'audio' : type || 'multimodal_text'
}

/** Whether all of it is in the message's text, and in pictures beside it. */
export function isPlain(content: Fields, text: string): boolean {
  const parts = listOf(content['parts'])
  const isPicture = (part: unknown) =>
    isFields(part) &&
    pictureAt(part['asset_pointer']).length > 0 &&
    rest(part, ['content_type', 'asset_pointer']) === null
  return (
    (content['content_type'] === 'text' || content['content_type'] === 'multimodal_text') &&
    rest(content, ['content_type', 'parts']) === null &&
    textOf(parts[0]) === text &&
    parts.every((part, index) => isPicture(part) || (typeof part === 'string' && index === 0))
  )
}

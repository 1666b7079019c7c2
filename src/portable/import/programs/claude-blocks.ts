import type { Part } from '../../../contract/part.ts'
import type { Block } from '../blocks.ts'
import { type FilesBeside, fileIn, nameOf, pictureIn, sourcesIn, wordsOf } from '../parts.ts'
import { type Fields, fieldsOf, idOf, isFields, listOf, rest, textOf } from '../values.ts'
import { withArtifacts } from './claude-artifacts.ts'

/** @param isPerson whether a person wrote it: then the text stays as it is */
export function readBlock(block: Fields, isPerson: boolean): Block[] {
  if (block['type'] !== 'text') return [readOther(block), ...citedIn(block)]
  const written = textOf(block['text'])
  const { text, thoughts } = isPerson ? { text: written, thoughts: [] } : withArtifacts(written)
  const parts = sourcesIn(listOf(block['citations']).flatMap(placesIn))
  const raw = rest(block, text === written ? ['type', 'text'] : ['type'])
  return [
    ...thoughts.map((one): Block => ({ kind: 'thought', thought: { text: one }, raw: null })),
    { kind: 'text', text, raw, parts },
  ]
}

/** The pages that a report cites, which is what a call writes. */
function citedIn({ input }: Fields): Block[] {
  const parts = sourcesIn(listOf(fieldsOf(input)['md_citations']))
  return parts.length === 0 ? [] : [{ kind: 'other', name: null, raw: null, parts }]
}

function readOther(block: Fields): Block {
  const { id, name, input } = block
  const type = textOf(block['type'])
  if (type === 'thinking' || type === 'redacted_thinking') return thought(block)
  if (type.endsWith('tool_use')) {
    return { kind: 'call', id: idOf(id), name: idOf(name) ?? 'tool', input, raw: block }
  }
  if (type.endsWith('tool_result')) return result(block)
  const { content, source } = block
  const text = textOf(block['text']) || wordsOf({ content, source })
  // Of what is not known, the words: a voice note has them too.
  if (text !== '') return { kind: 'text', text, raw: rest(block, ['text']) }
  const parts = pictureIn(block)
  if (parts.length > 0)
    return { kind: 'other', name: null, raw: rest(block, ['type', 'source']), parts }
  // How much the model may still write is nothing that was said.
  const shown =
    type === 'token_budget' ? null : (nameOf(block) ?? idOf(block['title'], type) ?? 'content')
  return { kind: 'other', name: shown, raw: block }
}

function thought({ type: _type, thinking, signature, data, ...others }: Fields): Block {
  const known = {
    // Of some thoughts only the headings are given out.
    text: textOf(thinking) || wordsOf(others['summaries']),
    ...(textOf(signature) !== '' && { signature: textOf(signature) }),
    ...(textOf(data) !== '' && { encrypted: textOf(data) }),
  }
  return { kind: 'thought', thought: known, raw: rest(others, []) }
}

/** What a tool brought: texts, pages, pictures. Some results are told only by what was shown of them. */
function result(block: Fields): Block {
  const came = [block['content']].flat()
  const displayed = [block['display_content']].flat()
  const known = textOfResult(came) === '' ? displayed : came
  const pictures = came.filter(isFields).flatMap(pictureIn)
  const isUnseen = pictures.length === 0 && came.some((one) => fieldsOf(one)['type'] === 'image')
  return {
    kind: 'result',
    of: idOf(block['tool_use_id']),
    text: textOfResult(known) || (isUnseen ? '[image]' : structured(block)),
    raw: block,
    parts: [...pictures, ...sourcesIn(known.flatMap(placesIn))],
  }
}

/** What a tool brought as a value alone. */
const structured = ({ structured_content: value }: Fields): string =>
  isFields(value) ? JSON.stringify(value) : ''

function textOfResult(items: unknown[]): string {
  const isText = items.every((item) => fieldsOf(item)['type'] === 'text')
  return items
    .map(wordsOf)
    .filter((words) => words !== '')
    .join(isText ? '\n' : '\n\n')
}

/** All that may have an address: pages, what they link to, and what a citation tells of one. */
const placesIn = (value: unknown): unknown[] =>
  isFields(value)
    ? [
        value,
        ...[value['content'], value['link'], value['details'], value['sources']].flatMap(placesIn),
      ]
    : listOf(value).flatMap(placesIn)

/** What is attached to a message. */
export interface Attached {
  /** What was pasted or read out of files. */
  texts: string[]
  /** The names of all, and of those of which there is no text. */
  names: string[]
  unread: string[]
  /** Those that the archive holds. */
  brought: Part[]
}

export function readAttached(message: Fields, beside?: FilesBeside): Attached {
  const { attachments, files, files_v2: newer } = message
  const all = [attachments, files, newer].flatMap(listOf).map(fieldsOf)
  const found = all.map((file) => ({
    file,
    // What was read out of it is in the message.
    parts: textOf(file['extracted_content']) === '' ? fileIn(file, beside) : [],
  }))
  const attached = found.filter(({ parts }) => parts.length === 0).map(({ file }) => file)
  const brought = new Map(
    found.flatMap(({ parts }) => parts.map((part) => [JSON.stringify(part), part])),
  )
  const texts = attached.flatMap((file) => {
    const text = textOf(file['extracted_content'])
    const name = textOf(file['file_name'])
    return text === '' ? [] : [name === '' ? text : `${name}\n\n${text}`]
  })
  const named = attached.map((file) => ({ name: nameOf(file) ?? 'file', file }))
  const read = new Set(
    named.flatMap(({ name, file }) => (textOf(file['extracted_content']) === '' ? [] : [name])),
  )
  const names = [...new Set(named.map(({ name }) => name))]
  const unread = names.filter((name) => !read.has(name))
  return { texts, names, unread, brought: [...brought.values()] }
}

export const picturesOf = (blocks: Block[]): Part[] =>
  blocks.flatMap((block) => (block.kind === 'other' ? (block.parts ?? []) : []))

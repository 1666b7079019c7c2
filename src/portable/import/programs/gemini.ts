import { type Block, spread } from '../blocks.ts'
import { spoken } from '../chat-message.ts'
import { Extras, type Found, type FoundMessage } from '../found.ts'
import { type FilesBeside, fileIn, fileNamed } from '../parts.ts'
import { timeOf } from '../times.ts'
import { type Node, grow, lineOf } from '../tree.ts'
import {
  type Fields,
  areMessages,
  fieldsOf,
  idOf,
  isFields,
  listOf,
  rest,
  textOf,
} from '../values.ts'
import { alsoAsking, asking, attachedTo, done } from './gemini-titles.ts'
import { textOfHtml } from './html-text.ts'

const isOfGemini = (label: unknown): boolean => /gemini|bard/i.test(textOf(label))

/** An entry of `MyActivity.json`. */
const isActivity = (value: Fields): boolean =>
  typeof value['title'] === 'string' &&
  typeof value['time'] === 'string' &&
  [value['header'], ...listOf(value['products'])].some(isOfGemini)

const isTurn = ({ user_turn: asked, system_turn: answered }: Fields): boolean =>
  isFields(asked ?? answered)

/** What Google Takeout has of Gemini: activities that know of no others, or conversations with their turns. */
export const isGemini = (value: Fields): boolean =>
  isActivity(value) || areMessages(value['conversation_turns'], isTurn)

export const isNoTurn = (value: Fields): boolean =>
  isActivity(value) &&
  done.test(textOf(value['title'])) &&
  listOf(value['safeHtmlItem']).length === 0 &&
  said(value) === null

export const readGemini = (value: Fields, beside?: FilesBeside): Found =>
  isActivity(value) ? readActivity(value, beside) : readTurns(value)

/** What was asked and answered where older exports have it; null if it is not there. */
function said(value: Fields): { asked: string; answer: string } | null {
  const byName = new Map(
    listOf(value['details']).map((one) => [fieldsOf(one)['name'], textOf(fieldsOf(one)['value'])]),
  )
  const [asked, answer] = [byName.get('Request') ?? '', byName.get('Response') ?? '']
  return asked + answer === '' ? null : { asked, answer }
}

const known = ['header', 'title', 'time', 'products', 'activityControls']
/** What Google tells beside what was said. */
const besides = ['titleUrl', 'subtitles', 'details', 'locationInfos', 'attachedFiles', 'imageFile']

function readActivity(value: Fields, beside?: FilesBeside): Found {
  const { title, time, safeHtmlItem: items } = value
  const extras = new Extras()
  const name = textOf(title).replace(asking, '')
  const files = attachedTo(value)
  // What a person typed may begin with such a word itself.
  const prompt = name === title ? name.replace(alsoAsking, '') : name
  const told = said(value)
  const typed = files.length > 0 ? prompt.replace(/\s*Attached \d+ files?\.\s*$/, '') : prompt
  const html = listOf(items).map((item) => textOf(fieldsOf(item)['html']))
  const answer = html.map(textOfHtml).filter((text) => text !== '')
  const block = (text: string): Block => ({ kind: 'text', text, raw: null })
  const named = files.map(({ name: file, path }): Block => {
    const brought = fileIn({ name: path }, beside)
    if (brought.length > 0) return { kind: 'other', name: file, raw: null, parts: brought }
    return { kind: 'other', name: file, raw: null, parts: [fileNamed(file)] }
  })
  const asked = spoken('prompt', 'user', [block(told?.asked ?? typed), ...named], time, extras)
  extras.leave('answer', { html }, [])
  const answered = spread(
    'answer',
    [block(told?.answer || answer.join('\n\n'))],
    { createdAt: time },
    extras,
  )
  const left = rest(value, ['safeHtmlItem', ...known])
  // An answer may be written in another way.
  const other = answered.length === 0 ? rest(value, [...known, ...besides]) : null
  if (other) extras.hidden.push(other)
  return {
    source: 'gemini',
    // Nothing else names it.
    sourceId: `${textOf(time)} ${name.slice(0, 64)}`,
    title: null,
    createdAt: time,
    updatedAt: time,
    isArchived: false,
    messages: extras.on([...asked, ...answered]),
    extra: extras.whole(left),
  }
}

function readTurns(value: Fields): Found {
  const { creation_time: createdAt, last_modification_time: updatedAt, title } = value
  const turns = listOf(value['conversation_turns']).filter(isFields)
  const nodes = turns
    .flatMap(({ user_turn: asked, system_turn: answered }) => [
      ...(isFields(asked) ? [{ role: 'user', turn: asked }] : []),
      ...(isFields(answered) ? [{ role: 'assistant', turn: answered }] : []),
    ])
    .map((one, index): Node<{ role: string; turn: Fields }> => {
      const time = timeOf(one.turn['turn_last_modified'])
      return { id: `turn-${index + 1}`, parent: null, time, value: one }
    })
  const first = textOf(nodes[0]?.value.turn['prompt'])
  const extras = new Extras()
  extras.hidden.push(...turns.filter((turn) => !isTurn(turn) && rest(turn, []) !== null))
  const grown = grow(lineOf(nodes), null, ({ id, value: { role, turn } }) => [
    extras.on(readTurn(id, role, turn, extras)),
    null,
  ])
  const understood = ['creation_time', 'last_modification_time', 'title', 'conversation_turns']
  return {
    source: 'gemini',
    // Its title may change.
    sourceId:
      idOf(value['id']) ?? (idOf(createdAt) && `${textOf(createdAt)} ${first.slice(0, 64)}`),
    title,
    createdAt,
    updatedAt,
    isArchived: false,
    ...grown,
    extra: extras.whole(rest(value, [...understood, 'id'])),
  }
}

function readTurn(id: string, role: string, turn: Fields, extras: Extras): FoundMessage[] {
  const { prompt, turn_last_modified: createdAt } = turn
  const thoughts = listOf(turn['model_thoughts']).map(fieldsOf)
  const texts = listOf(turn['text']).map(fieldsOf)
  const said = texts.flatMap(({ data, cards }) => [
    data,
    ...listOf(cards).map((card) => fieldsOf(card)['content']),
  ])
  const images = listOf(turn['images']).slice(0, 1)
  const blocks: Block[] = [
    ...thoughts.map(({ headline, description }): Block => {
      const text = [headline, description].map(textOf).filter(Boolean).join('\n\n')
      return { kind: 'thought', thought: { text }, raw: null }
    }),
    ...[prompt, ...said].map((text): Block => ({ kind: 'text', text: textOf(text), raw: null })),
    ...images.map((): Block => ({ kind: 'other', name: 'image', raw: null })),
  ]
  const made =
    role === 'user'
      ? spoken(id, 'user', blocks, createdAt, extras)
      : spread(id, blocks, { createdAt }, extras)
  if (made.length === 0) extras.hidden.push(turn)
  else
    extras.leave(id, turn, ['prompt', 'turn_last_modified', 'model_thoughts', 'text', 'turn_index'])
  return made
}

import type { ImportedMessage } from '../../contract/import.ts'
import type { Draft } from '../../contract/message.ts'
import type { Part } from '../../contract/part.ts'
import { REMOVED } from '../../storage/messages.ts'
import { type MessageRow, parentOf } from '../../storage/tables.ts'
import type { History } from '../log/history.ts'
import {
  attachedIn,
  isBeginningOf,
  isCalledAtFirst,
  isCalledSoFar,
  saysTheSame,
  saysTheSameUnnamed,
} from './same.ts'

interface Place {
  /** The message that it follows. */
  parent: number
  /** Whether it may stand nowhere else. */
  isBelow: boolean
  /** Whether it is the end of a line in a file that is older than what stands here. */
  isEarlier: boolean
}

/** The messages of a file, of which some stand here. */
export class Filed {
  readonly #log: History
  readonly #lastSeq: number
  readonly #ids: Set<string>
  readonly #given = new Set<string>()
  readonly #found = new Set<number>()

  constructor(log: History, lastSeq: number, messages: ImportedMessage[]) {
    this.#log = log
    this.#lastSeq = lastSeq
    this.#ids = new Set(messages.map(({ id }) => id))
  }

  /** The message if it stands here, whole or cut; else the id that it gets, for its own may stand for other words. */
  standingAs(message: ImportedMessage, place: Place): MessageRow | string {
    const known = this.#named(message, place)
    if (typeof known !== 'string') this.#found.add(known.seq)
    else this.#given.add(known)
    return known
  }

  #named(message: ImportedMessage, { parent, isBelow, isEarlier }: Place): MessageRow | string {
    for (let version = 1; ; version += 1) {
      const id = version === 1 ? message.id : `${message.id.slice(0, 120)}.${version}`
      const row = this.#log.messageById(id)
      if (row === null && !this.#given.has(id)) return this.#renamed(message, parent) ?? id
      if (row && (isBelow || version > 1) && parentOf(row) !== parent) continue
      // What was deleted here stays so, however often its file comes.
      if (row?.status === 'deleted') return row
      if (row && isOne(this.#log, message, row, isEarlier)) return row
    }
  }

  /** One that says the same in the same place under an id that the file does not have: some exports make new ones. */
  #renamed(message: ImportedMessage, parent: number): MessageRow | null {
    if (this.#lastSeq === 0 || parent > this.#lastSeq) return null
    for (const seq of this.#log.childrenOf(parent)) {
      const row = this.#found.has(seq) ? null : this.#log.messageAt(seq)
      if (row?.origin !== 'import' || row.status === 'deleted' || this.#ids.has(row.id)) continue
      if (saysTheSameUnnamed(row, message)) return row
    }
    return null
  }
}

/** Whether a message of a file is the one that stands here under its id. */
const isOne = (
  log: History,
  message: ImportedMessage,
  row: MessageRow,
  isEarlier: boolean,
): boolean =>
  saysTheSame(row, message) ||
  isCutOf(message, row) ||
  (isEarlier && row.origin === 'import' && isLongerThan(row, message)) ||
  wholeOf(log, message, row) !== null

/** A message as it is to stand here if a file has more of it than an earlier one; else null. */
export function wholeOf(
  log: History,
  message: ImportedMessage,
  row: MessageRow,
): MessageRow | null {
  if (row.origin !== 'import') return null
  const isWhole =
    isCutOf(row, message) && (message.status === 'complete' || lengthOf(message) > lengthOf(row))
  // Not each program says that an answer was being written: then it is the end of all that its file had.
  const isLater =
    row.status === 'complete' && isLongerThan(message, row) && !saysTheSame(row, message)
  const parts = isWhole || isLater ? null : withMore(row, message)
  if (!isWhole && !isLater && parts === null) return null
  const children = log.childrenOf(row.seq)
  // What somebody here has answered stays as they saw it.
  if (children.some((child) => log.messageAt(child)?.origin !== 'import')) return null
  if (parts) return { ...row, parts }
  const { id, conversationId, seq, parentSeq } = row
  return isWhole || children.length === 0
    ? { ...message, id, conversationId, seq, parentSeq }
    : null
}

/** How much there is of a message, in UTF-16 units. */
const lengthOf = ({ content, toolCalls }: Draft): number =>
  (toolCalls ?? []).reduce(
    (
      sum,
      {
        function: {
          arguments: { length },
        },
      },
    ) => sum + length,
    content.length,
  )

/** Whether the first is the beginning of the second: a file that is made while an answer is written has it so. */
const isCutOf = (cut: Draft, whole: Draft): boolean =>
  cut.role === 'assistant' &&
  whole.role === 'assistant' &&
  cut.status === 'interrupted' &&
  isBeginningOf(cut, whole) &&
  isCalledSoFar(cut, whole)

/** Whether an answer or a result goes on after another one, to the letter: the record takes it in its place then. */
const isLongerThan = (whole: Draft, { role, content, ...cut }: Draft): boolean =>
  (role === 'tool' || (role === 'assistant' && content !== '')) &&
  whole.role === role &&
  whole.content.startsWith(content) &&
  whole.content.length + (whole.toolCalls?.length ?? 0) >
    content.length + (cut.toolCalls?.length ?? 0) &&
  isCalledAtFirst(cut, whole)

/**
 * The parts of a message with what an earlier file had not: the pictures and files themselves; of an answer, what was thought
 * and where it comes from. Null if they stay as they are.
 */
function withMore(row: MessageRow, message: Draft): MessageRow['parts'] {
  if (message.parts === null || row.extra?.[REMOVED] !== undefined) return null
  const attached = withAttached(row, message)
  const { content } = row
  const own = attached ?? row.parts ?? (content === '' ? [] : [{ type: 'text', text: content }])
  const lacking = message.parts.filter(
    ({ type }) => ['reasoning', 'source'].includes(type) && own.every((one) => one.type !== type),
  )
  if (lacking.length === 0 || row.role !== 'assistant') return attached
  if (attached === null && !saysTheSame(row, message)) return null
  const isThought = ({ type }: Part) => type === 'reasoning'
  return [...lacking.filter(isThought), ...own, ...lacking.filter((part) => !isThought(part))]
}

/** The same with the pictures and files alone. */
function withAttached(row: MessageRow, message: Draft): MessageRow['parts'] {
  if (attachedIn(row.parts).length > 0 || attachedIn(message.parts).length === 0) return null
  if (!saysTheSame(row, message)) return null
  const { content } = row
  const at = message.parts!.findIndex(({ type }) => type === 'text')
  // What is shown in the place of a text is none.
  const text =
    content === '' || message.content === '' ? [] : [{ type: 'text' as const, text: content }]
  return message.parts!.flatMap((part, index) =>
    index === at ? text : part.type === 'text' ? [] : part,
  )
}

import type { Owner } from '../../contract/caller.ts'
import { type FileRow, isFileId, isPicture } from '../../contract/file.ts'
import { addressOf } from '../../files/address.ts'
import type { ModelMessage, ModelPart, ReplyRequest } from '../../model/model.ts'
import { phrasesIn } from '../../model/phrases.ts'
import { filesOf } from '../../objects.ts'
import { bucketOf, modelInlineBytes, wholeNumber } from '../../settings.ts'
import { within } from '../../within.ts'
import { fileTokens, messageTokens } from '../context/tokens.ts'

/** How long a reply waits for a file: without it, the model is told its name. */
const PATIENCE_MS = 10_000

interface Attaching {
  env: Env
  /** Whose the conversation is, and whose it was. */
  owners: Owner[]
  /** The deployment's own address, for files that are too large to be sent along. */
  origin: string | undefined
}

/** A file, and the id of the object that has it. */
interface Found {
  file: FileRow
  store: string
}

/**
 * A request with its files as an endpoint takes them: their bytes, the newest first, as long as there is room, or else an
 * address for an hour. What can't be had is told by its name, and the conversation goes on.
 */
export async function withAttached(
  attaching: Attaching,
  request: ReplyRequest,
): Promise<ReplyRequest> {
  if (!request.messages.some(isAttached)) return request
  const said = request.messages.reduce((sum, message) => sum + messageTokens(message), 0)
  const attacher = new Attacher(attaching, request.language, said)
  const messages: ModelMessage[] = []
  for (const message of request.messages.toReversed()) {
    messages.unshift(await attacher.message(message))
  }
  return { ...request, messages }
}

/** The file of Hilo's that a part names. */
function idOf(part: ModelPart): string | null {
  if (part.type === 'text') return null
  const { file_id: id } = part.type === 'file' ? part.file : part.image_url
  return isFileId(id) ? id : null
}

const isAttached = ({ content }: ModelMessage): boolean =>
  typeof content !== 'string' && content.some((part) => idOf(part) !== null)

class Attacher {
  readonly #attaching: Attaching
  readonly #language: string
  #room: number
  /** A file that is no picture counts by its length: what the context has left for such. */
  #tokens: number

  constructor(attaching: Attaching, language: string, said: number) {
    this.#attaching = attaching
    this.#language = language
    this.#room = modelInlineBytes(attaching.env)
    this.#tokens = wholeNumber(attaching.env, 'CONTEXT_TOKENS', 8000) - said
  }

  async message(message: ModelMessage): Promise<ModelMessage> {
    if (message.role !== 'user' || typeof message.content === 'string') return message
    const content: ModelPart[] = []
    for (const part of message.content) {
      const id = idOf(part)
      content.push(id === null ? part : await this.#sendable(part, id))
    }
    return { ...message, content }
  }

  async #sendable(part: ModelPart, id: string): Promise<ModelPart> {
    const given = part.type === 'file' ? part.file.filename : undefined
    const found = await within(PATIENCE_MS, this.#find(id)).catch(() => null)
    const name = given ?? found?.file.name ?? undefined
    const kind = (found ? isPicture(found.file.type) : part.type === 'image_url') ? 'image' : 'file'
    const isFitting = kind === 'image' || (found !== null && this.#spend(found.file))
    const url =
      found && isFitting ? await within(PATIENCE_MS, this.#address(found)).catch(() => null) : null
    if (url !== null && kind === 'image') {
      const detail = part.type === 'image_url' ? part.image_url.detail : undefined
      const image = { url, ...(detail && { detail }) }
      return { type: 'image_url', image_url: image, ...(name !== undefined && { name }) }
    }
    // The API takes no address of anything but pictures.
    if (url?.startsWith('data:')) {
      return { type: 'file', file: { filename: name ?? id, file_data: url } }
    }
    const phrase = phrasesIn(this.#language)[kind]
    return { type: 'text', text: name === undefined ? phrase : `${phrase} ${name}` }
  }

  /** Whether there are tokens left for it, which it takes then. */
  #spend({ bytes }: FileRow): boolean {
    const tokens = fileTokens(bytes)
    if (tokens > this.#tokens) return false
    this.#tokens -= tokens
    return true
  }

  async #find(id: string): Promise<Found | null> {
    for (const owner of this.#attaching.owners) {
      const files = filesOf(this.#attaching.env, owner)
      const file = await files.open(id)
      if (file) return { file, store: files.id.toString() }
    }
    return null
  }

  /** The bytes of a file as a data URL, or where they can be read; null if neither is to be had. */
  async #address({ file, store }: Found): Promise<string | null> {
    const { env, origin } = this.#attaching
    if (file.bytes <= this.#room) {
      const object = await bucketOf(env)?.get(file.key)
      if (!object) return null
      this.#room -= file.bytes
      const bytes = new Uint8Array(await object.arrayBuffer())
      return `data:${file.type};base64,${bytes.toBase64()}`
    }
    if (origin === undefined) return null
    return addressOf(env, origin, { id: file.id, store }, Date.now())
  }
}

import { type JsonObject, isObject } from '../contract/json.ts'
import { listOf, textOf } from './wanted-back.ts'

const MOST = 10
/** Of all of them, in UTF-16 units. */
const CHARS = 24 * 1024 * 1024

/** The pictures that a model made, by their addresses, most of which hold their bytes: each once, in their order. */
export class Pictures {
  readonly #found = new Set<string>()
  #chars = 0

  /**
   * Takes those of a message, or of a piece of one: OpenRouter and LiteLLM list them, others have them among the parts.
   *
   * @returns whether there are more
   */
  add({ images, content }: JsonObject): boolean {
    const parts = listOf(content).filter((part) => isObject(part) && isPictured(part))
    return [...listOf(images), ...parts].filter((one) => this.#take(addressIn(one))).length > 0
  }

  get all(): string[] {
    return [...this.#found]
  }

  #take(url: string): boolean {
    if (!/^(data:image\/|https?:\/\/)/i.test(url) || this.#found.has(url)) return false
    if (this.#found.size === MOST || this.#chars + url.length > CHARS) return false
    this.#found.add(url)
    this.#chars += url.length
    return true
  }
}

const isPictured = ({ type }: JsonObject): boolean => /^(output_)?image(_url)?$/.test(textOf(type))

function addressIn(given: unknown): string {
  if (!isObject(given)) return textOf(given)
  const { image_url: image, url, b64_json: bytes } = given
  const address = isObject(image) ? textOf(image['url']) : textOf(image) || textOf(url)
  return address === '' && textOf(bytes) !== '' ? `data:image/png;base64,${textOf(bytes)}` : address
}

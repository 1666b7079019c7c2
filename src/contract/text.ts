import * as z from 'zod'

const encoder = new TextEncoder()
/** Where texts are encoded that are only measured. */
const scratch = new Uint8Array(48 * 1024)

// Each UTF-16 unit takes at most three bytes.
export const utf8Bytes = (text: string): number =>
  text.length * 3 <= scratch.byteLength
    ? encoder.encodeInto(text, scratch).written
    : encoder.encode(text).byteLength

export const isLongerThan = (bytes: number, text: string): boolean =>
  text.length * 3 > bytes && utf8Bytes(text) > bytes

/** JSON and SQLite give such a text back as it came: no lone surrogate, no NUL. */
export const isKeepable = (text: string): boolean => text.isWellFormed() && !text.includes('\0')

export const NOT_KEEPABLE = 'Text with a lone surrogate or a NUL can not be kept unchanged'

export const Text = z.string().refine(isKeepable, NOT_KEEPABLE)

/** Text of at most `bytes` of UTF-8. */
export const textOf = (bytes: number) =>
  Text.refine((text) => !isLongerThan(bytes, text), `Longer than ${bytes} bytes`)

/** What a model writes, made keepable: a person's text would be refused, but a model can't be told to send another. */
export const madeKeepable = (text: string): string => text.toWellFormed().replaceAll('\0', '\uFFFD')

/** As much of a text as fits into so many bytes of UTF-8, no character cut in two. */
export function firstBytes(text: string, bytes: number): string {
  const { read } = encoder.encodeInto(text, new Uint8Array(bytes))
  return text.slice(0, read)
}

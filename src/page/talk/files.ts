import type { FileUIPart } from 'ai'

import { tell } from '../state/notices.ts'
import { words } from '../words/words.ts'

/** Bytes of all files of a message: as base64, and with its text, they have to fit into 900 kB. */
const ROOM = 600_000
/** The longer side of a picture, in pixels, from the first try to the last. */
const SIDES = [2_048, 1_568, 1_024, 768]

const KEPT = /^image\/(png|jpeg|gif|webp)$/

const dataUrl = (blob: Blob): Promise<string> =>
  new Promise((resolve, reject) => {
    const reader = new FileReader()
    reader.addEventListener('load', () => resolve(reader.result as string))
    reader.addEventListener('error', () => reject(reader.error ?? new Error('unreadable')))
    reader.readAsDataURL(blob)
  })

/** The picture, made smaller until it fits; null if it can't be read. */
async function shrunk(file: Blob, room: number): Promise<Blob | null> {
  const bitmap = await createImageBitmap(file).catch(() => null)
  if (bitmap === null) return null
  for (const side of SIDES) {
    const scale = Math.min(1, side / Math.max(bitmap.width, bitmap.height))
    const canvas = document.createElement('canvas')
    canvas.width = Math.max(1, Math.round(bitmap.width * scale))
    canvas.height = Math.max(1, Math.round(bitmap.height * scale))
    canvas.getContext('2d')?.drawImage(bitmap, 0, 0, canvas.width, canvas.height)
    const blob = await new Promise<Blob | null>((resolve) => {
      canvas.toBlob(resolve, 'image/jpeg', 0.85)
    })
    if (blob && blob.size <= room) return blob
  }
  return null
}

const sizeOf = ({ url }: FileUIPart): number => Math.ceil(url.length * 0.75)

/** Files that a person drops, pastes or picks, beside those that are there already. Says which have no room. */
export async function withFiles(
  before: FileUIPart[],
  files: Iterable<File>,
): Promise<FileUIPart[]> {
  const all = [...before]
  for (const file of files) {
    const room = ROOM - all.reduce((sum, part) => sum + sizeOf(part), 0)
    const isPicture = file.type.startsWith('image/')
    const fits = file.size <= room && (!isPicture || KEPT.test(file.type))
    const blob = fits ? file : isPicture ? await shrunk(file, room) : null
    if (blob === null) {
      tell(words.fileTooLarge(file.name), true)
      continue
    }
    const mediaType = blob.type || 'application/octet-stream'
    all.push({ type: 'file', mediaType, filename: file.name, url: await dataUrl(blob) })
  }
  return all
}

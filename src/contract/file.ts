import * as z from 'zod'

/** A file of Hilo's. Ids of files at a provider look otherwise. */
const FILE_ID = /^file_[0-9a-f]{32}$/
export const FileId = z.string().regex(FILE_ID, 'Not the id of a file')
export const isFileId = (id: string | undefined): id is string => FILE_ID.test(id ?? '')

/** Inline bytes up to so many stay where they are; more become a file. */
export const INLINE_BYTES = 16 * 1024
/** Bytes by which a file's type is told. */
export const SNIFFED_BYTES = 4_100
export const FILE_NAME_LENGTH = 255
export const FILES_PER_PAGE = 100
/** How long the address of a file is good for at least; at most twice as long, so that it stays the same for a while. */
export const FILE_URL_MS = 60 * 60_000

/** A file as callers are shown it. */
export const StoredFile = z
  .object({
    id: FileId,
    object: z.literal('file'),
    name: z.string().nullable(),
    type: z.string().meta({ description: 'As its bytes say, whatever the upload said' }),
    bytes: z.int(),
    sha256: z.string(),
    created_at: z.iso.datetime(),
    url: z.string().meta({
      description:
        'Good for an hour or two, for whoever has it. Never store it: name the file by its id',
    }),
  })
  .meta({ id: 'File' })
export type StoredFile = z.infer<typeof StoredFile>

/** A file as its owner's object has it. */
export interface FileRow {
  id: string
  sha256: string
  name: string | null
  type: string
  bytes: number
  createdAt: number
  /** Where the bucket has its bytes. */
  key: string
}

/** Whether a page may show it: nothing of these can run. Everything else is a download. */
export const isShown = (type: string): boolean =>
  /^(image\/(png|apng|jpeg|gif|webp|avif|bmp)|(audio|video)\/[\w.+-]+|text\/plain)$/.test(type)

export const isPicture = (type: string): boolean => /^image\/(png|jpeg|gif|webp)$/.test(type)

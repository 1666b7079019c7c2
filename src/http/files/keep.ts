import type { Context } from 'hono'

import type { Owner } from '../../contract/caller.ts'
import type { FileRow } from '../../contract/file.ts'
import { type AskFiles, type Files, NotKept, keepBytes as keep } from '../../files/keep-bytes.ts'
import { typeOf } from '../../files/sniff.ts'
import type { Uploaded } from '../../files/upload.ts'
import { filesAt } from '../../objects.ts'
import { bucketOf, maxFileBytes } from '../../settings.ts'
import type { HonoEnv } from '../caller/caller.ts'
import { askFiles, insist } from '../frame/ask.ts'
import { piecesOf } from '../frame/pieces.ts'
import { Problem, granted, tryAgain } from '../frame/problem.ts'
import { Gauge, TooLarge } from './gauge.ts'

/** Bytes of one part of an upload whose length nobody has said: the bucket takes parts of 5 MiB or more, all equal. */
const PART_BYTES = 8 * 1024 * 1024

export interface Kept {
  file: FileRow
  isNew: boolean
}

/** What is said of an upload; `length` is null if nobody has said it. */
interface Said {
  length: number | null
  name: string | null
}

/** Keeps what a body holds as a file of an owner. */
export const keepStream = (
  c: Context<HonoEnv>,
  owner: Owner,
  body: ReadableStream<Uint8Array>,
  said: Said,
): Promise<Kept> =>
  streamed(
    c.env,
    (question) => askFiles(c, owner, question),
    body,
    said,
    (files, id, uploaded) => files.finish(id, uploaded),
  )

/** The same at an address, which says whose the file is and gives it its id. */
export const keepAt = (
  c: Context<HonoEnv>,
  { store, id }: { store: string; id: string },
  body: ReadableStream<Uint8Array>,
  said: Said,
): Promise<Kept> =>
  streamed(
    c.env,
    (question) => insist(() => question(filesAt(c.env, store))),
    body,
    said,
    (files, upload, uploaded) => files.finishAt(id, upload, uploaded),
  )

/**
 * Its key goes from the bucket by itself unless the upload is finished: so
 * one that is cut, wherever that is, leaves nothing that counts, and nothing that stays.
 *
 * @param finish says what the upload came to
 */
async function streamed(
  env: Env,
  asking: AskFiles,
  body: ReadableStream<Uint8Array>,
  { length, name }: Said,
  finish: (files: Files, id: string, uploaded: Uploaded) => ReturnType<Files['finish']>,
): Promise<Kept> {
  const bucket = requireBucket(env)
  const most = maxFileBytes(env)
  if (length !== null && length > most) throw tooLarge(most)
  const { id, key } = granted(await asking((files) => files.begin(length ?? 0)))
  const gauge = new Gauge(most)
  try {
    if (length === null) {
      await inParts(bucket, key, body, gauge, (upload) =>
        asking((files) => files.inParts(key, upload)),
      )
    } else {
      const fixed = new FixedLengthStream(length)
      await Promise.all([
        bucket.put(key, fixed.readable),
        passOn(body, gauge, fixed.writable.getWriter()),
      ])
    }
  } catch (error) {
    await asking((files) => files.abandon(key)).catch(() => {})
    if (error instanceof TooLarge) throw tooLarge(most)
    throw notKept()
  }
  const type = await typeOf(gauge.head)
  const uploaded = { sha256: await gauge.sha256(), bytes: gauge.bytes, name, type }
  const { file, isNew } = granted(await asking((files) => finish(files, id, uploaded)))
  return { file, isNew }
}

async function passOn(
  body: ReadableStream<Uint8Array>,
  gauge: Gauge,
  writer: WritableStreamDefaultWriter<Uint8Array>,
): Promise<void> {
  try {
    for await (const piece of piecesOf(body)) {
      await gauge.pass(piece)
      await writer.write(piece)
    }
    await writer.close()
  } catch (error) {
    await writer.abort(error).catch(() => {})
    throw error
  }
}

/** Keeps bytes that are at hand. The same again find the file that stands, and touch no bucket. */
export async function keepBytes(
  c: Context<HonoEnv>,
  owner: Owner,
  bytes: Uint8Array,
  name: string | null,
): Promise<FileRow> {
  const bucket = requireBucket(c.env)
  if (bytes.byteLength > maxFileBytes(c.env)) throw tooLarge(maxFileBytes(c.env))
  const ask: AskFiles = (question) => askFiles(c, owner, question)
  const kept = await keep(ask, bucket, bytes, name).catch((error: unknown) => {
    throw error instanceof NotKept ? notKept() : error
  })
  return granted(kept).file
}

/**
 * Puts what a body holds into the bucket for as long as something is done with it. It counts for nobody, and goes from
 * the bucket in any case.
 *
 * @param body bounded by who sends it
 */
export async function forNow<T>(
  c: Context<HonoEnv>,
  owner: Owner,
  body: ReadableStream<Uint8Array>,
  work: (stored: { key: string; bytes: number }) => Promise<T>,
): Promise<T> {
  const bucket = requireBucket(c.env)
  const { key } = granted(await askFiles(c, owner, (files) => files.begin(0)))
  try {
    const gauge = new Gauge(Infinity)
    await inParts(bucket, key, body, gauge, (upload) =>
      askFiles(c, owner, (files) => files.inParts(key, upload)),
    ).catch(() => {
      throw notKept()
    })
    return await work({ key, bytes: gauge.bytes })
  } finally {
    await bucket.delete(key).catch(() => {})
    // If that did not reach it, or not all of it, then later.
    await askFiles(c, owner, (files) => files.abandon(key)).catch(() => {})
  }
}

export function requireBucket(env: Env): R2Bucket {
  const bucket = bucketOf(env)
  if (bucket !== null) return bucket
  throw new Problem('no-files', { detail: 'Nothing was stored. Everything else works.' })
}

const tooLarge = (most: number) =>
  new Problem('body-too-large', { detail: `A file may have ${most} bytes. Nothing was stored.` })

const notKept = () => tryAgain('The file could not be kept. Nothing was stored. Send it again.')

async function inParts(
  bucket: R2Bucket,
  key: string,
  body: ReadableStream<Uint8Array>,
  gauge: Gauge,
  begun: (upload: string) => Promise<unknown>,
): Promise<void> {
  let upload: R2MultipartUpload | null = null
  const done: R2UploadedPart[] = []
  let part = new Uint8Array(PART_BYTES)
  let filled = 0
  const send = async () => {
    if (upload === null) {
      upload = await bucket.createMultipartUpload(key)
      // Before any bytes, so that whatever becomes of this call, somebody knows of them.
      await begun(upload.uploadId)
    }
    done.push(await upload.uploadPart(done.length + 1, part.subarray(0, filled)))
    part = new Uint8Array(PART_BYTES)
    filled = 0
  }
  for await (const chunk of piecesOf(body)) {
    await gauge.pass(chunk)
    for (let at = 0; at < chunk.byteLength;) {
      if (filled === PART_BYTES) await send()
      const some = chunk.subarray(at, at + PART_BYTES - filled)
      part.set(some, filled)
      filled += some.byteLength
      at += some.byteLength
    }
  }
  if (upload === null) {
    await bucket.put(key, part.subarray(0, filled))
    return
  }
  await send()
  await (upload as R2MultipartUpload).complete(done)
}

import { bucketOf } from '../settings.ts'
import type { Going } from './tables.ts'

/** Thrown if a deployment that kept files has no bucket any more. */
class NoBucket extends Error {
  override readonly name = 'NoBucket'
}

/** Has the bucket let go of keys, and of uploads in parts that were never finished. Rejects if it does not answer. */
export async function clear(env: Env, going: Going[]): Promise<void> {
  const bucket = bucketOf(env)
  if (bucket === null) throw new NoBucket()
  for (const { key, upload } of going) {
    if (upload === null) continue
    // One that was finished, or is gone, can't be given up; what it came to is deleted below.
    await bucket
      .resumeMultipartUpload(key, upload)
      .abort()
      .catch(() => {})
  }
  await bucket.delete(going.map(({ key }) => key))
}

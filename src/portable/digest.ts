import type { Digest } from './format.ts'
import { Sha256 } from './import/sha256.ts'

/** UTF-16 units that are hashed at a time: each write has a price. */
const AT_ONCE = 64 * 1024

/** The same for a writer, which does not wait. */
export function sha256(): Digest {
  const digest = new Sha256()
  let waiting = ''
  let written = Promise.resolve()
  const write = () => {
    const text = waiting
    waiting = ''
    written = written.then(() => digest.add(text))
  }
  return {
    add: (text) => {
      waiting += text
      if (waiting.length >= AT_ONCE) write()
    },
    hex: async () => {
      write()
      await written
      return digest.hex()
    },
  }
}

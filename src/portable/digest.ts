import type { Digest } from './format.ts'

/** UTF-16 units that are hashed at a time: each write has a price. */
const AT_ONCE = 64 * 1024

export function sha256(): Digest {
  const stream = new crypto.DigestStream('SHA-256')
  const writer = stream.getWriter()
  const encoder = new TextEncoder()
  let waiting = ''
  let written = Promise.resolve()
  const write = () => {
    const bytes = encoder.encode(waiting)
    waiting = ''
    written = written.then(() => writer.write(bytes))
  }
  return {
    add: (text) => {
      waiting += text
      if (waiting.length >= AT_ONCE) write()
    },
    hex: async () => {
      write()
      await written
      await writer.close()
      return new Uint8Array(await stream.digest).toHex()
    },
  }
}

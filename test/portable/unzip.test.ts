import { type FileEntry, ZipReader } from '@zip.js/zip.js/lib/zip-core-custom.js'
import { expect, test, vi } from 'vitest'

import { Unzipped } from '../../src/portable/unzip.ts'
import { zipOf } from '../support/zips.ts'

const opened = (zip: Uint8Array) =>
  Unzipped.open({
    size: zip.byteLength,
    read: async (offset, length) => zip.slice(offset, offset + length),
  })

const MB = 2 ** 20

test('an archive unpacks to 1 GiB in all, and to no more', async () => {
  // To unpack so much takes a while: here its file is given out as if it had been.
  const [own] = await Array.fromAsync(entriesOf(await zipOf({ large: '' })))
  const piece = new Uint8Array(64 * MB)
  const large: Partial<FileEntry> = {
    compressedSize: 512 * MB,
    getData: async (writable) => {
      const writer = (writable as WritableStream<Uint8Array>).getWriter()
      for (let n = 0; n < 8; n += 1) await writer.write(piece)
      await writer.close()
      return undefined as never
    },
  }
  const reading = vi
    .spyOn(ZipReader.prototype, 'getEntriesGenerator')
    .mockImplementation(async function* () {
      yield Object.assign(own!, large)
      return true
    })
  const zip = await opened(new Uint8Array(0))
  reading.mockRestore()
  let bytes = 0
  const read = async () => {
    for await (const { byteLength } of zip.bytes('large')) bytes += byteLength
  }
  await read()
  await read()
  expect(bytes).toBe(1_024 * MB)
  await expect(read()).rejects.toThrow('unpacks to more')
  expect(bytes).toBe(1_024 * MB)
})

const entriesOf = (zip: Uint8Array) => new ZipReader(new Blob([zip]).stream()).getEntriesGenerator()

test('one that is packed by another method says so', async () => {
  const zip = await zipOf({ 'a.json': '{}' })
  const view = new DataView(zip.buffer)
  // The method in the directory: Deflate64, which Windows takes for files of gigabytes.
  view.setUint16(view.getUint32(zip.byteLength - 6, true) + 10, 9, true)
  await expect(opened(zip)).rejects.toThrow('another method than Deflate')
})

test('a directory of more bytes than are read at once is no export’s', async () => {
  const zip = await zipOf({ 'a.json': '' })
  const end = zip.slice(-22)
  const view = new DataView(end.buffer)
  const all = new Uint8Array(10 * MB)
  all.set(zip)
  view.setUint32(12, 9 * MB, true)
  all.set(end, all.byteLength - 22)
  await expect(opened(all)).rejects.toThrow('unpacks to more')
})

import { createReadStream, statSync } from 'node:fs'
import { type IncomingMessage, request as plainRequest } from 'node:http'
import { request as secureRequest } from 'node:https'
import { pipeline } from 'node:stream/promises'

import type { ImportAnswer } from '../contract/import.ts'
import type { Progress } from './import-bar.ts'

/**
 * Sends a file to import, as it is read, and tells how far Hilo has come with it.
 *
 * @param from the place of the first conversation that is to go in
 * @returns what came of it, or in words why nothing did
 */
export async function send(
  { file, url }: { file: string; url: string },
  token: string,
  from: number,
  tell: (progress: Progress) => void,
): Promise<ImportAnswer | string> {
  const target = new URL(`/api/import?from=${from}`, url)
  const request = (target.protocol === 'https:' ? secureRequest : plainRequest)(target.href, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      accept: 'text/event-stream',
      'content-type': 'application/octet-stream',
      'content-length': statSync(file).size,
    },
  })
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    request.once('response', resolve)
    request.once('error', reject)
  })
  // A server that refuses the file reads no further: what it says counts, and not that the connection ended.
  const sent = pipeline(createReadStream(file), request).catch(() => {})
  try {
    const response = await answered
    const answer = await read(response, tell)
    request.destroy()
    await sent
    return answer
  } catch (error) {
    return `Hilo can not be reached at ${url}: ${(error as Error).message}`
  }
}

async function read(
  response: IncomingMessage,
  tell: (progress: Progress) => void,
): Promise<ImportAnswer | string> {
  response.setEncoding('utf8')
  let buffered = ''
  if (response.statusCode !== 200) {
    for await (const text of response) buffered += text
    return said(buffered, `status ${response.statusCode}`)
  }
  for await (const text of response) {
    buffered += text
    const blocks = buffered.split('\n\n')
    buffered = blocks.pop() ?? ''
    for (const block of blocks) {
      const [, name, data = ''] = /^event: (.*)\ndata: (.*)$/.exec(block) ?? []
      if (name === 'progress') tell(JSON.parse(data) as Progress)
      if (name === 'completed') return JSON.parse(data) as ImportAnswer
      if (name === 'failed') return said(JSON.stringify(JSON.parse(data).problem), 'it failed')
    }
  }
  return `The connection ended before the file was in. Import it again: nothing is added twice.`
}

/** A problem in words. */
function said(body: string, otherwise: string): string {
  try {
    const { title, detail } = JSON.parse(body) as { title?: string; detail?: string }
    return `Hilo refused the file: ${[title, detail].filter(Boolean).join('. ') || otherwise}`
  } catch {
    return `Hilo refused the file: ${otherwise}`
  }
}

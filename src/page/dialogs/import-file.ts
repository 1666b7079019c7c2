import { HiloError, type components } from '../../client/client.ts'
import { headersFor } from '../api/hilo.ts'

export type ImportAnswer = components['schemas']['ImportAnswer']

export interface Progress {
  bytes: number
  conversations: number
}

/** Sends a file, tells how far Hilo has come with it, and brings its report; of all parts, if it takes several. */
export async function importFile(
  file: File,
  onProgress: (progress: Progress) => void,
): Promise<ImportAnswer> {
  let sum: ImportAnswer | null = null
  for (let from: number | null = 0; from !== null;) {
    const answer: ImportAnswer = await importFrom(file, from, onProgress)
    sum = sum === null ? answer : added(sum, answer)
    from = answer.next_from
  }
  if (sum === null) throw new Error('No answer')
  return sum
}

const added = (before: ImportAnswer, answer: ImportAnswer): ImportAnswer => ({
  ...answer,
  imported: before.imported + answer.imported,
  unchanged: before.unchanged + answer.unchanged,
  failed: before.failed + answer.failed,
  errors: [...before.errors, ...answer.errors],
})

async function importFrom(
  file: File,
  from: number,
  onProgress: (progress: Progress) => void,
): Promise<ImportAnswer> {
  const response = await fetch(`/api/import?from=${from}`, {
    method: 'POST',
    body: file,
    headers: {
      ...headersFor(),
      accept: 'text/event-stream',
      'content-type': 'application/octet-stream',
    },
  })
  if (!response.ok || !response.body) throw await HiloError.of(response)
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
  for (let buffered = ''; ;) {
    const { done, value = '' } = await reader.read()
    const blocks = (buffered + value).split('\n\n')
    buffered = blocks.pop() ?? ''
    for (const block of blocks) {
      const [, event, data = ''] = /^event: (\w+)\ndata: (.*)$/s.exec(block) ?? []
      if (event === 'progress') onProgress(JSON.parse(data) as Progress)
      if (event === 'completed') return JSON.parse(data) as ImportAnswer
      if (event === 'failed') {
        const { problem } = JSON.parse(data) as { problem: Record<string, unknown> }
        throw new HiloError(Number(problem['status']), problem)
      }
    }
    if (done) throw new HiloError(0, { title: 'The connection broke. Send the file again' })
  }
}

import type { Step } from '../support/fake-network.ts'
import { picture } from '../support/files.ts'

type Script = [name: string, attempts: Step[][]]

/** A picture with a reply, too large to stay within it, and a page that it comes from. */
function drawn(): Step {
  const url = `data:image/png;base64,${picture('x'.repeat(17_000)).toBase64()}`
  const delta = { content: '', images: [{ image_url: { url } }] }
  return { chunk: { choices: [{ delta }], citations: ['https://pages.test/1'] } }
}

/** How a model may answer, time after time. */
const scripts: Script[] = [
  ['fine', [[{ text: 'Yes' }, { text: ', indeed' }, { finish: 'stop', tokens: 3 }]]],
  ['fine', [[{ text: 'Slow' }, { wait: 60 }, { text: 'ly' }, { wait: 60 }, { finish: 'stop' }]]],
  ['cut', [[{ text: 'Half a' }, { cut: true }]]],
  ['broken', [[{ text: 'Half a' }, { break: true }]]],
  ['failing', [[{ status: 500 }], [{ text: 'Now' }, { finish: 'stop' }]]],
  ['overloaded', [[{ status: 429 }], [{ text: 'Now' }, { finish: 'stop' }]]],
  ['silent', [[{ finish: 'stop' }]]],
  ['cut before its first word', [[{ cut: true }], [{ text: 'Now' }, { finish: 'stop' }]]],
  ['stalled', [[{ text: 'Half a' }, { hang: true }]]],
  ['drawing', [[{ text: 'Here' }, drawn(), { text: ' it is' }, { finish: 'stop' }]]],
]

/** How it may summarise; what is empty, cut or failed is none. */
const summaries: Script[] = [
  ['fine', [[{ text: 'A summary' }, { finish: 'stop' }]]],
  ['empty', [[{ finish: 'stop' }], [{ text: 'A summary' }, { finish: 'stop' }]]],
  ['too long', [[{ text: 'A summa' }, { finish: 'length' }]]],
  ['failing', [[{ status: 500 }], [{ text: 'A summary' }, { finish: 'stop' }]]],
  ['cut', [[{ raw: '{"choices":' }], [{ text: 'A summary' }, { finish: 'stop' }]]],
]

/** The script that takes its time. */
export const SLOW = 1

const pick = (all: Script[], number: number) => all[number % all.length] as Script

export const scriptOf = (number: number) => pick(scripts, number)
export const summaryOf = (number: number) => pick(summaries, number)

/** What a model says where it answers so; whether it came to an end. */
export const endingsOf = ([, attempts]: Script) =>
  attempts
    .filter((steps) => !steps.some((step) => 'status' in step))
    .map((steps) => ({
      text: steps.map((step) => ('text' in step ? step.text : '')).join(''),
      hasEnded: steps.some((step) => 'finish' in step),
    }))

import { expect, onTestFinished, test, vi } from 'vitest'

import { asking } from '../../src/model/compat.ts'
import { failedAnswer } from '../../src/model/failures.ts'
import { type Quirk, quirks } from '../../src/model/quirks.ts'
import { Refused } from '../../src/model/refused.ts'

/** Somebody asks with what `quirk` leaves out, and is refused with these words; then somebody else asks the same model. */
async function isSentAgain(quirk: Quirk, said: string): Promise<boolean | undefined> {
  const fragment: string = quirks[quirk].body[0] ?? ''
  const whole = JSON.parse(`{${fragment}${fragment.endsWith(':') ? '1' : ''}}`) as object
  const endpoint = crypto.randomUUID()
  const areWhole: boolean[] = []
  const ask = () => {
    const answer = asking(
      endpoint,
      [],
      (applied) => (applied.has(quirk) ? {} : whole),
      async function* once(body): AsyncGenerator<string, string> {
        yield 'a sign of life'
        areWhole.push(body === whole)
        if (body !== whole) return 'an answer'
        throw new Refused(failedAnswer({ code: 400 }), { message: said })
      },
    )
    return Array.fromAsync(answer)
  }
  await ask()
  await ask()
  const [first, second, third] = areWhole
  expect([first, second]).toEqual([true, false])
  return third
}

const ofOneRequest: [Quirk, string][] = [
  ['no-images', 'You uploaded an unsupported image. Make sure it has one of the following formats'],
  ['no-images', 'Unsupported MIME type: image/bmp'],
  [
    'no-images',
    'Unsupported content-type encountered when downloading image. Supported: image/png',
  ],
  ['no-images', 'This model supports up to 5 images'],
  ['no-images', 'The image data you provided does not represent a valid image'],
  [
    'no-files',
    "Invalid file data: expected application/pdf but got unsupported MIME type 'text/plain'",
  ],
  ['no-files', 'The format of the provided document is not supported'],
  ['no-files', 'This file type is not supported'],
  [
    'no-format',
    "'messages' must contain the word 'json' to use 'response_format' of type 'json_object'",
  ],
  ['no-format', 'json mode cannot be combined with tool/function calling'],
  ['no-format', "Function calling with a response mime type 'application/json' is unsupported"],
  ['no-sampling', '`temperature` and `top_p` cannot both be specified for this model'],
  ['no-sampling', '`temperature` may only be set to 1 when thinking is enabled'],
  [
    'no-sampling',
    "'temperature' does not support 0.2 with this model. Only the default (1) is supported",
  ],
  ['no-effort', 'Function tools with reasoning_effort are not supported for this model'],
  ['no-effort', "reasoning_effort: Input should be 'low', 'medium' or 'high'"],
  ['no-effort', 'reasoning_effort "minimal" is not supported'],
  ['no-tool-choice', "Tool choice 'get_time' not found in 'tools' parameter"],
  ['no-tool-choice', 'tool_choice "required" is not supported with thinking mode'],
  ['no-tool-choice', 'tool_choice "required" is not supported'],
  ['no-tool-choice', 'Thinking mode does not support this tool_choice'],
  [
    'no-tool-choice',
    'The tool_choice parameter does not support being set to required or object in thinking mode',
  ],
  [
    'no-tools',
    'Invalid schema for function f: array schema missing items. "param":"tools[0].function.parameters"',
  ],
  ['no-tools', '"message":"string too long","param":"tools[0].function.description"'],
  ['no-tools', 'Value is not callable: null at row 39, column 78'],
  ['no-images', 'image URLs are not currently supported, please use base64 encoded data instead'],
  ['no-images', 'Fetching images over plain http:// is not supported.'],
  ['no-images', 'This image is not supported'],
  ['no-images', 'This model does not support multiple images'],
  ['no-images', 'Unable to access image: robots.txt does not allow it'],
  ['no-files', 'Password protected PDF files are not supported'],
  ['no-files', 'This file is not supported'],
]

test.each(ofOneRequest)(
  '%s: what one request is refused for, others still send: %s',
  async (...refusal) => {
    expect(await isSentAgain(...refusal)).toBe(true)
  },
)

const ofAll: [Quirk, string][] = [
  ['no-images', 'This model does not support image input'],
  ['no-images', 'unknown variant `image_url`, expected `text`'],
  ['no-images', 'messages.0.content: Input should be a valid string'],
  ['no-images', 'Invalid content type. image_url is only supported by certain models.'],
  ['no-files', 'file inputs are not supported by this model'],
  ['no-format', 'Unrecognized request argument supplied: response_format'],
  ['no-format', 'response_format is not supported'],
  ['no-sampling', "Unsupported parameter: 'temperature' is not supported with this model."],
  ['no-sampling', 'top_p: Extra inputs are not permitted'],
  ['no-effort', 'unknown field `reasoning_effort`'],
  ['no-effort', '"llama3.2" does not support thinking'],
  ['no-tool-choice', 'Unsupported param: tool_choice'],
  ['no-max-tokens', "Unsupported parameter: 'max_tokens'"],
  ['no-tools', 'gemma:2b does not support tools'],
  ['no-tools', '"auto" tool choice requires --enable-auto-tool-choice to be set'],
  ['no-tools', 'Unsupported role: tool'],
]

test.each(ofAll)('%s: what an endpoint does not know is not sent again: %s', async (...refusal) => {
  expect(await isSentAgain(...refusal)).toBe(false)
})

/** One request after the other to an endpoint; what it is sent is answered unless it is refused with these words. */
function endpoint(refusing: (sent: string) => string | null) {
  const name = crypto.randomUUID()
  return async (whole: Record<string, object>) => {
    const sent: string[] = []
    const asked = asking(
      name,
      [],
      (applied) =>
        Object.fromEntries(
          Object.entries(whole).flatMap(([quirk, body]) =>
            applied.has(quirk as Quirk) ? [] : Object.entries(body as object),
          ),
        ),
      async function* once(body): AsyncGenerator<string, string> {
        yield 'a sign of life'
        sent.push(JSON.stringify(body))
        const said = refusing(sent.at(-1)!)
        if (said !== null) throw new Refused(failedAnswer({ code: 400 }), { message: said })
        return 'an answer'
      },
    )
    await Array.fromAsync(asked)
    return sent
  }
}

const reasoning = { reasoning_content: 'Hm.' }

test('what did not help is sent again', async () => {
  const said = 'reasoning_effort: Input should be low, medium or high'
  const ask = endpoint((sent) => (sent.includes('xhigh') ? said : null))
  const odd = { 'no-reasoning': reasoning, 'no-effort': { reasoning_effort: 'xhigh' } }
  expect((await ask(odd)).at(-1)).toBe('{}')
  expect(await ask({ 'no-reasoning': reasoning })).toEqual([JSON.stringify(reasoning)])
})

test('that an endpoint takes none of what a request brings is believed for ten minutes', async () => {
  const ask = endpoint((sent) => (sent.includes('tools') ? 'm does not support tools' : null))
  const whole = { 'no-tools': { tools: [] } }
  expect(await ask(whole)).toHaveLength(2)
  expect(await ask(whole)).toEqual(['{}'])
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 10 * 60_000 })
  onTestFinished(() => void vi.useRealTimers())
  expect(await ask(whole)).toHaveLength(2)
  expect(await ask(whole)).toEqual(['{}'])
})

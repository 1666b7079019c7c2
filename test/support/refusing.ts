import type { Client } from './api.ts'
import type { Step } from './fake-network.ts'
import { givenConversation } from './given.ts'
import { network } from './network.ts'
import { underSettings } from './record.ts'

/** What a model answers that takes what it is sent. */
export const yes: Step[] = [{ text: 'Yes' }, { finish: 'stop' }]

/** An endpoint that refuses, with these words. */
export const refused = (said: unknown, status = 400): Step[] => [
  { status, body: typeof said === 'string' ? said : JSON.stringify(said) },
]

/** The same as OpenAI and Google say it. */
export const inError = (message: string) => ({
  error: {
    message,
    type: 'invalid_request_error',
    param: null,
    code: 'invalid_parameter_error',
    status: 'INVALID_ARGUMENT',
  },
})

/** A name for a script, of the words that it is about. */
export const keyOf = (...words: string[]): string => words.join('-').replaceAll(/\W+/g, '-')

/** A conversation with a model of its own: what one test teaches no other knows. */
export async function withModel(client: Client, model: string, settings: object = {}) {
  const id = await givenConversation(client, { language: 'en', title: 'T', topic: 'T' })
  await underSettings(id, { MODEL_NAME: model, ...settings })
  return id
}

export interface Body extends Record<string, unknown> {
  messages: Record<string, unknown>[]
}

/** What the model was sent. */
export const bodiesOf = async (key: string) =>
  (await network.seen(key)).map(({ body }) => body as Body)

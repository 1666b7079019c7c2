import type { Step } from './fake-network.ts'

/** A chunk of a model's answer, as an endpoint sends it. */
export const delta = (fields: object): Step => ({
  chunk: {
    id: 'c',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'thinker',
    choices: [{ index: 0, delta: fields, finish_reason: null }],
  },
})
export const done: Step = { finish: 'stop', tokens: 5 }

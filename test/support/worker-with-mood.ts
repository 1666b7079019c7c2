// First: the field is there before anything that is made from the fields.
import './message-with-mood.ts'

export * from '../../src/worker.ts'
export { default } from '../../src/worker.ts'

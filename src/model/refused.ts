import { isDeeper } from '../contract/depth.ts'
import { type JsonObject, isObject } from '../contract/json.ts'
import { JSON_DEPTH } from '../contract/limits.ts'
import type { ModelError } from './model.ts'
import { listOf, textOf } from './wanted-back.ts'

/** A refusal inside an answer whose status says that all is well. */
export class Refused extends Error {
  override readonly name = 'Refused'
  readonly failure: ModelError
  /** What the endpoint says: it may quote the prompt. */
  readonly told: unknown
  /** The same as JSON. */
  readonly said: string

  constructor(failure: ModelError, told: unknown) {
    super(failure.message)
    this.failure = failure
    this.told = told
    this.said = isDeeper(told, JSON_DEPTH) ? '' : JSON.stringify(told)
  }
}

/** What a chunk says of a failure, wherever its endpoint says it; null if it tells of none. */
export function failureIn(chunk: JsonObject): unknown {
  const choices = listOf(chunk['choices'])
  const [first] = choices
  const told = [chunk['error'], isObject(first) ? first['error'] : null].find(isTold)
  if (told === true) return chunk
  if (told !== undefined) return told
  const status = isObject(chunk['base_resp']) ? chunk['base_resp'] : {}
  if (Number(status['status_code'] ?? 0) !== 0) return status
  if (choices.length > 0) return null
  const isFailure =
    chunk['object'] === 'error' ||
    chunk['type'] === 'error' ||
    chunk['success'] === false ||
    listOf(chunk['errors']).length > 0 ||
    typeof chunk['error_msg'] === 'string' ||
    (CODES.some((name) => isTold(chunk[name])) && SENTENCES.some((name) => textOf(chunk[name])))
  return isFailure ? chunk : null
}

const CODES = ['code', 'status_code', 'statusCode', 'error_code']
/** The fields that say in a sentence what is wrong. */
export const SENTENCES = ['message', 'msg', 'error', 'error_msg', 'status_msg', 'detail']

/** Some endpoints send the field with nothing in it as long as all is well. */
const isTold = (value: unknown): boolean =>
  value === true ||
  (typeof value === 'string' && value.trim() !== '') ||
  (typeof value === 'number' && value >= 400) ||
  (Array.isArray(value) && value.length > 0) ||
  (isObject(value) && Object.values(value).some((one) => one !== null && one !== ''))

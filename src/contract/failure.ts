/** What kind of failure of a model it was, for the operator. */
export type FailureCause =
  | 'auth'
  | 'bad-request'
  | 'not-found'
  | 'rate-limit'
  | 'server'
  | 'timeout'
  | 'unreachable'
  | 'answer'

/** Where and how it failed. Nothing of what the provider said: its errors quote the prompt. */
export interface Failure {
  cause: FailureCause
  /** Null if no answer came. */
  status: number | null
  /** The endpoint's; null if no endpoint was asked. */
  host: string | null
}

/** What one job of a run came to. */
export interface Progress {
  count: number
  /** Whether nothing was left to do. */
  isFinished: boolean
}

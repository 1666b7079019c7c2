import type { JsonObject } from '../contract/json.ts'
import { textOf } from './wanted-back.ts'

/** Reasons to have failed, which some endpoints give as reasons to have finished. */
export const FAILED =
  /error|exception|fail|abort|cancel|interrupt|insufficient|timeout|timed_?out|overload|malformed|unexpected|unavailable|busy|throttl|preempt|rate.?limit/i
export const OVERLOADED = /insufficient|overload|unavailable|busy|throttl|preempt|rate.?limit/i
/** What some endpoints write as long as there is no reason. */
export const NONE = /^(null|none|undefined|\w*unspecified)?$/i
/** Reasons to have stopped too soon. */
export const isCutBy = (reason: string): boolean =>
  /length|max_?(output_?)?tokens|token_limit|truncat|incomplete|repetition|context_window|content.?filter|safety|sensitive|recitation|prohibited|blocklist|guardrail|refus/i.test(
    reason,
  )
/** Reasons by their numbers in the protocol of Gemini, that some gateways pass on. */
const NUMBERED: Record<number, string> = { 1: 'stop', 2: 'length', 3: 'safety', 4: 'recitation' }

/** Why it has finished, in the words of its endpoint; empty if it does not say so. */
export function reasonIn({ finish_reason: reason, finishReason: other }: JsonObject): string {
  const numbered = typeof reason === 'number' && reason > 0 ? reason : null
  return numbered === null ? textOf(reason) || textOf(other) : (NUMBERED[numbered] ?? `${numbered}`)
}

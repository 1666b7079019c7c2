import { isObject } from '../contract/json.ts'
import type { Usage } from './model.ts'

/** Tokens of prompt and completion; null if they are no whole number. */
export function tokensIn(usage: unknown): number | null {
  if (!isObject(usage)) return null
  const { total_tokens: total, prompt_tokens: sent, completion_tokens: received } = usage
  if (total !== undefined && total !== null) return countIn(total)
  const counts = [countIn(sent), countIn(received)]
  return counts.includes(null) ? null : counts[0]! + counts[1]!
}

const countIn = (value: unknown): number | null =>
  Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : null

/** The same, told apart; null if the provider does not. */
export function usageIn(usage: unknown): Usage | null {
  if (!isObject(usage)) return null
  const [sent, received] = [countIn(usage['prompt_tokens']), countIn(usage['completion_tokens'])]
  if (sent === null || received === null) return null
  const detail = (of: string, name: string) =>
    countIn(isObject(usage[of]) ? usage[of][name] : null) ?? 0
  const cached = detail('prompt_tokens_details', 'cached_tokens')
  const thought = detail('completion_tokens_details', 'reasoning_tokens')
  return { sent, cached, received, thought }
}

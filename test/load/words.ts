import { between, pick } from './measures.ts'

const WORDS = [
  'hilo',
  '¿qué?',
  'Cádiz',
  '東京',
  'naïve',
  '👩‍👩‍👧‍👦',
  '"quoted"',
  'back\\slash',
  'line\nline',
  'tab\there',
  'مرحبا',
  "it's",
  '{"json":1}',
  'é',
  '\u2028',
  '<b>',
] as const

const some = (count: number): string => Array.from({ length: count }, () => pick(WORDS)).join(' ')

/** A text of the kind that is mangled easily; one in fifty is long. */
export const text = (): string =>
  some(Math.ceil(Math.random() < 0.02 ? between(1_000, 4_000) : between(3, 30)))

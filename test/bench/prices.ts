/** List prices in US dollars, of the paid plan and without its allowances, by the million. */
const PRICES = {
  d1_read: 0.001,
  d1_written: 1,
  object_read: 0.001,
  object_written: 1,
  worker: 0.3,
  object: 0.15,
}

/** What an operation uses of what is billed. */
export interface Bill {
  d1_read: number
  d1_written: number
  object_read: number
  /** Alarms that were set are rows too. */
  object_written: number
  /** Requests to the Worker, and to objects; an alarm that goes off is one. */
  worker: number
  object: number
  /** What wrote the objects' rows, and how many. */
  written: [name: string, rows: number][]
}

/** What a million such operations cost. */
export const priceOf = (bill: Omit<Bill, 'written'>): number =>
  Object.entries(PRICES).reduce(
    (sum, [what, price]) => sum + bill[what as keyof typeof PRICES] * price,
    0,
  )

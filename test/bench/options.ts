import { parseArgs } from 'node:util'

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean' },
    growth: { type: 'boolean' },
    only: { type: 'string' },
  },
})

export const isQuick = values.quick ?? false
/** The long run has it too. */
export const isGrowth = values.growth ?? !isQuick
/** What alone is measured; all if it is undefined. */
export const only = values.only
if (only !== undefined && !['files', 'growth', 'search'].includes(only)) {
  throw new Error('--only takes files, growth or search')
}

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
export const isOnlyFiles = values.only === 'files'
export const isOnlySearch = values.only === 'search'
if (values.only !== undefined && !isOnlyFiles && !isOnlySearch) {
  throw new Error('--only takes files or search')
}

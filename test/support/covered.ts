/** What istanbul has counted in one source file. */
interface Counts {
  s: Record<string, number>
  f: Record<string, number>
  b: Record<string, number[]>
}

const hasRun = ({ s, f, b }: Counts): boolean =>
  [s, f, b].some((counts) => Object.values(counts).flat().some(Boolean))

const counted = ((globalThis as { __VITEST_COVERAGE__?: Record<string, Counts> })[
  '__VITEST_COVERAGE__'
] ??= {})

// After each file of tests, all that was counted is written down. In one runtime for many files most of it is zeros, and takes
// longer than many a test: those are left out. What no file of tests ran is added by Vitest in the end.
Object.defineProperty(counted, 'toJSON', {
  configurable: true,
  value: () => Object.fromEntries(Object.entries(counted).filter(([, counts]) => hasRun(counts))),
})

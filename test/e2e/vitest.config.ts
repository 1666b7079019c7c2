import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/e2e/**/*.test.ts', 'test/versions/**/*.test.ts'],
    pool: 'forks',
    // The servers share two cores with each other: more at once only makes each slower to start.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 90_000,
  },
})

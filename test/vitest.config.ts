import { cloudflareTest, readD1Migrations } from '@cloudflare/vitest-pool-workers'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'
import { unstable_readConfig } from 'wrangler'

import { ensurePage } from '../src/local/page.ts'
import { atHand } from './support/at-hand.ts'
import { fakeNetwork } from './support/fake-network.ts'
import { bindings } from './support/settings.ts'
import { overTheWire } from './support/wire.ts'

// What the Worker serves as static files has to be there before it starts.
ensurePage()

const libraries = [
  '@hono/zod-openapi',
  'drizzle-orm',
  'drizzle-orm/d1',
  'drizzle-orm/sqlite-core',
  '@zip.js/zip.js/lib/zip-core-custom.js',
  'eventsource-parser',
  'file-type',
  'hono',
  'hono/accepts',
  'hono/body-limit',
  'hono/cookie',
  'hono/cors',
  'hono/html',
  'hono/http-exception',
  'hono/method-not-allowed',
  'hono/request-id',
  'hono/route',
  'hono/utils/accept',
  'ipaddr.js',
  'jose',
  'marked',
  'openai',
  'openai/client',
  'openai/core/error',
  '@modelcontextprotocol/client',
  '@modelcontextprotocol/server',
  'tokenx',
  'uuid',
  'ai-v5',
  'ai-v6',
  'ai-v7',
  'zod',
]

const tests = ['test/**/*.test.ts']
const elsewhere = ['test/e2e/**', 'test/versions/**', 'test/storage/message-field.test.ts']

/** What counts all that D1 holds, or puts something between D1 and everybody. */
const alone = [
  'test/cron/**/*.test.ts',
  'test/faults/**/*.test.ts',
  'test/fuzz/**/*.test.ts',
  'test/http/routes/admin/*.test.ts',
  'test/http/strangers/strangers-tokens.test.ts',
  'test/storage/growth.test.ts',
]

/** What takes longest though its text is short. If it began last, nothing else would be left to run beside it. */
const long = /one-transaction|strangers\.test|import-many|http-edges|retries/

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    const isLong = ({ moduleId }: TestSpecification) => Number(long.test(moduleId))
    return sorted.toSorted((one, other) => isLong(other) - isLong(one))
  }
}

/** Hilo in the runtime, with all that it binds. */
const hilo = async (main = 'src/worker.ts') =>
  cloudflareTest({
    main,
    wrangler: { configPath: './wrangler.toml' },
    miniflare: {
      bindings: {
        // Over what a developer's .dev.vars says.
        ...(unstable_readConfig({ config: './wrangler.toml' }).vars as Record<string, string>),
        ...bindings,
        FAULT_RUNS: process.env['FAULT_RUNS'] ?? '12',
        FUZZ_REQUESTS: process.env['FUZZ_REQUESTS'] ?? '300',
        // The same each time, so that what turns red is what was changed; long runs draw a new one.
        SEED: process.env['SEED'] ?? '1',
        TEST_MIGRATIONS: await readD1Migrations('./migrations'),
      },
      outboundService: { node: overTheWire(fakeNetwork) },
    },
  })

export default defineConfig({
  test: {
    // Bundled once, not transformed anew for every file: it halves the time. All of them, or a class that two
    // of them share would be two classes.
    deps: { optimizer: { ssr: { enabled: true, include: libraries } } },
    // One more than there are cores where it runs: tests wait for alarms and for workers to start, and another goes on meanwhile.
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
    // Nothing here waits long; a busy machine may make it wait, and the end-to-end tests run at the same time.
    testTimeout: 60_000,
    // What the Worker logs is of use if a test fails.
    silent: 'passed-only' as const,
    setupFiles: [
      './test/support/covered.ts',
      './test/support/migrate.ts',
      './test/support/seed.ts',
    ],
    projects: [
      // One runtime for many files: to start one for each would take longer than its tests.
      {
        extends: true as const,
        plugins: [atHand(), hilo()],
        test: { name: 'shared', isolate: false, include: tests, exclude: [...alone, ...elsewhere] },
      },
      {
        extends: true as const,
        plugins: [atHand(), hilo()],
        test: { name: 'alone', include: alone },
      },
      // Adds a field to messages before the Worker is loaded.
      {
        extends: true as const,
        plugins: [atHand(), hilo('test/support/worker-with-mood.ts')],
        test: { name: 'with a field more', include: ['test/storage/message-field.test.ts'] },
      },
    ],
    coverage: {
      provider: 'istanbul' as const,
      include: ['src/**/*.ts'],
      // What runs in Node, or in a browser, is driven by the end-to-end tests, in a process of its own.
      exclude: ['src/local/**', 'src/page/**', 'src/client/{build,generate}.ts', 'src/**/*.d.ts'],
      reporter: ['text-summary', 'text', 'json-summary'],
      // Branches were 96 before the protocols came, and are about 95 with them: back to 95 is owed.
      thresholds: { lines: 95, branches: 95 },
    },
  },
})

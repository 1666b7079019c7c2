import { cloudflareTest, readD1Migrations } from '@cloudflare/vitest-pool-workers'
import { defineConfig } from 'vitest/config'
import { unstable_readConfig } from 'wrangler'

import { fakeNetwork } from './support/fake-network.ts'
import { bindings } from './support/settings.ts'

export default defineConfig(async () => ({
  plugins: [
    cloudflareTest({
      wrangler: { configPath: './wrangler.toml' },
      miniflare: {
        bindings: {
          // Over what a developer's .dev.vars says.
          ...(unstable_readConfig({ config: './wrangler.toml' }).vars as Record<string, string>),
          ...bindings,
          TEST_MIGRATIONS: await readD1Migrations('./migrations'),
        },
        outboundService: fakeNetwork,
      },
    }),
  ],
  test: {
    setupFiles: ['./test/support/migrate.ts'],
    exclude: ['test/e2e/**', 'node_modules/**'],
    coverage: {
      provider: 'istanbul' as const,
      include: ['src/**/*.ts'],
      // What runs in Node is driven by the end-to-end test, in a process of its own.
      exclude: ['src/local/**', 'src/env.d.ts', 'src/secrets.d.ts'],
      reporter: ['text-summary', 'text', 'json-summary'],
      thresholds: { lines: 95, branches: 95 },
    },
  },
}))

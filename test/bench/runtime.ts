import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { Miniflare, convertV4MiniflareOptions } from 'miniflare'
import { unstable_readConfig } from 'wrangler'

import { bindings } from '../support/settings.ts'
import { buildWorkers, migrations } from './build.ts'

export type Place = 'hilo' | 'noop' | 'record' | 'object' | 'counted' | 'bucket'

const compatibility = {
  compatibilityDate: '2026-11-01',
  compatibilityFlags: ['enable_request_signal'],
}

const worker = (name: string, script: string) => ({
  name,
  modules: [{ type: 'ESModule' as const, path: `${name}.js`, contents: script }],
  ...compatibility,
  unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }],
})

/** Hilo's bundle, and the floors beside it, in one runtime: no proxy of `wrangler dev` between. */
export class Runtime {
  readonly mf: Miniflare
  readonly #folder: string
  readonly #urls = new Map<Place, URL>()

  private constructor(mf: Miniflare, folder: string) {
    this.mf = mf
    this.#folder = folder
  }

  /**
   * @param script Hilo's bundle
   * @param more of Miniflare's options, such as the port of an inspector
   */
  static async start(script: string, more: object = {}): Promise<Runtime> {
    const built = buildWorkers('counted', 'noop', 'record', 'object', 'bucket', 'model')
    const folder = mkdtempSync(join(tmpdir(), 'hilo-bench-'))
    const hilo = {
      bindings: {
        ...(unstable_readConfig({ config: './wrangler.toml' }).vars as Record<string, string>),
        ...bindings,
        MODEL_BASE_URL: 'https://model.bench/v1',
        SUMMARY_EVERY: '1000000000',
        MAX_FILES_MB_PER_OWNER: '1000000',
      },
      durableObjects: {
        CONVERSATION: { className: 'Conversation', useSQLite: true },
        OWNER_INDEX: { className: 'OwnerIndex', useSQLite: true },
        OWNER_FILES: { className: 'OwnerFiles', useSQLite: true },
      },
      r2Buckets: { FILES: 'files' },
      outboundService: 'model',
    }
    const options = convertV4MiniflareOptions({
      ...more,
      defaultPersistRoot: folder,
      // What Hilo logs is written all the same, and not shown.
      handleStructuredLogs: () => {},
      workers: [
        { ...worker('hilo', script), ...hilo, d1Databases: { DB: 'record-of-hilo' } },
        {
          ...worker('counted', built.counted),
          ...hilo,
          // Rows are counted with all that a conversation costs.
          bindings: { ...hilo.bindings, SUMMARY_EVERY: '10' },
          d1Databases: { DB: 'record-of-counted' },
        },
        { ...worker('noop', built.noop), outboundService: 'model' },
        { ...worker('record', built.record), d1Databases: { DB: 'record-of-hilo' } },
        {
          ...worker('object', built.object),
          durableObjects: {
            BARE: { className: 'Bare', useSQLite: true },
            FOUND: { className: 'Found', useSQLite: true },
          },
        },
        { ...worker('bucket', built.bucket), r2Buckets: { FILES: 'bare' } },
        worker('model', built.model),
      ],
    })
    const runtime = new Runtime(new Miniflare(options), folder)
    await runtime.#open()
    return runtime
  }

  async #open(): Promise<void> {
    await this.mf.ready
    for (const place of ['hilo', 'noop', 'record', 'object', 'counted', 'bucket'] as const) {
      this.#urls.set(place, await this.mf.unsafeGetDirectURL(place))
    }
    for (const place of ['hilo', 'counted'] as const) {
      const db = await this.database(place)
      for (const statement of migrations()) await db.prepare(statement).run()
    }
    const db = await this.database('hilo')
    await db
      .prepare('CREATE TABLE bare (seq INTEGER PRIMARY KEY, id TEXT, role TEXT, content TEXT)')
      .run()
  }

  database(place: 'hilo' | 'counted') {
    return this.mf.getD1Database('DB', place)
  }

  url(place: Place): URL {
    const url = this.#urls.get(place)
    if (url === undefined) throw new Error(`There is no ${place}`)
    return url
  }

  /** Puts an object to sleep, so that the next request finds it cold. */
  evict(place: 'hilo' | 'object', name: string): Promise<void> {
    const className = place === 'hilo' ? 'Conversation' : 'Bare'
    const evicted = this.mf.unsafeEvictDurableObject(place, className, { name })
    return evicted.catch((error: unknown) => {
      const isAsleep = error instanceof Error && error.message.includes('not currently running')
      if (!isAsleep) throw error
    })
  }

  async stop(): Promise<void> {
    await this.mf.dispose()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { Miniflare, convertV4MiniflareOptions } from 'miniflare'

import { bindings } from '../support/settings.ts'
import type { Version } from './build.ts'

/** What outlives a deploy: D1, the objects' storage, and which migrations D1 has had. */
export class Storage {
  readonly folder = mkdtempSync(join(tmpdir(), 'hilo-versions-'))
  readonly migrated = new Set<string>()

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** Hilo as it stands in the middle of a deploy: the Worker may be of another version than the objects. */
export class Deployment {
  readonly #mf: Miniflare
  /** Everything that was logged since it started. */
  readonly logged: string[] = []

  private constructor(worker: Version, objects: Version, storage: Storage) {
    const part = (name: string, { script, settings }: Version) => ({
      name,
      modules: [{ type: 'ESModule' as const, path: `${name}.js`, contents: script }],
      compatibilityDate: '2026-11-01',
      compatibilityFlags: ['enable_request_signal'],
      bindings: { ...settings, ...bindings, MODEL_PROVIDER: 'offline' },
      d1Databases: { DB: 'record' },
      durableObjects: {
        CONVERSATION: { className: 'Conversation', useSQLite: true, scriptName: 'objects' },
        // The version before may have none.
        ...(objects.script.includes('OwnerIndex') && {
          OWNER_INDEX: { className: 'OwnerIndex', useSQLite: true, scriptName: 'objects' },
        }),
        // A class that is new comes with the Worker that is the first to know it.
        ...([worker, objects].some(({ script }) => script.includes('OwnerFiles')) && {
          OWNER_FILES: {
            className: 'OwnerFiles',
            useSQLite: true,
            scriptName: objects.script.includes('OwnerFiles') ? 'objects' : 'worker',
          },
        }),
      },
    })
    this.#mf = new Miniflare(
      convertV4MiniflareOptions({
        resourcePersistencePath: storage.folder,
        handleStructuredLogs: ({ message }: { message: string }) => this.logged.push(message),
        workers: [part('worker', worker), part('objects', objects)],
      }),
    )
  }

  static async start(worker: Version, objects: Version, storage: Storage): Promise<Deployment> {
    const deployment = new Deployment(worker, objects, storage)
    await deployment.#mf.ready
    return deployment
  }

  /** Migrates D1, as `npm run deploy` does before it deploys. */
  async migrate({ migrations }: Version, storage: Storage): Promise<void> {
    const db = await this.#mf.getD1Database('DB', 'worker')
    for (const [name, statements] of migrations) {
      if (storage.migrated.has(name)) continue
      for (const statement of statements) await db.prepare(statement).run()
      storage.migrated.add(name)
    }
  }

  fetch(path: string, init: RequestInit = {}) {
    return this.#mf.dispatchFetch(`https://hilo.test${path}`, init as never)
  }

  async runCron(): Promise<string> {
    const worker = await this.#mf.getWorker('worker')
    const { outcome } = await worker.scheduled({ scheduledTime: new Date() })
    return outcome
  }

  stop(): Promise<void> {
    return this.#mf.dispose()
  }
}

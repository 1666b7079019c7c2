import { Conversation as Counted } from '../../../src/conversation/conversation.ts'
import { OwnerFiles as CountedFiles } from '../../../src/files/owner-files.ts'
import { OwnerIndex as CountedIndex } from '../../../src/search/owner-index.ts'
import worker from '../../../src/worker.ts'

/** What is billed for storage. Rows of the objects include one for each alarm that is set. */
const tally = {
  d1_read: 0,
  d1_written: 0,
  d1_ms: 0,
  object_calls: 0,
  object_read: 0,
  object_written: 0,
  alarms: 0,
  index_calls: 0,
  file_calls: 0,
  bucket_a: 0,
  bucket_b: 0,
}

/** Rows of the objects that were written, by what wrote them. */
const written = new Map<string, number>()
const countWritten = (name: string, rows: number): void => {
  if (rows > 0) written.set(name, (written.get(name) ?? 0) + rows)
}

/** The verb and the table. */
const nameOf = (query: string): string =>
  /^\s*(INSERT|UPDATE|DELETE)(?: OR REPLACE)?(?: INTO| FROM)? (\w+)/
    .exec(query)
    ?.slice(1)
    .join(' ')
    .toLowerCase() ?? 'other'

const cursors: { name: string; cursor: SqlStorageCursor<Record<string, SqlStorageValue>> }[] = []

/** More are not kept: each holds its statement. */
const CURSORS = 2_000

// A cursor counts while it is read, so the last ones are asked at the end.
function settle(left = 0): void {
  for (const { name, cursor } of cursors.splice(0, cursors.length - left)) {
    tally.object_read += cursor.rowsRead
    tally.object_written += cursor.rowsWritten
    countWritten(name, cursor.rowsWritten)
  }
}

function counting(db: D1Database): D1Database {
  const count = <T>(result: D1Result<T>): D1Result<T> => {
    tally.d1_read += result.meta.rows_read
    tally.d1_written += result.meta.rows_written
    tally.d1_ms += result.meta.duration
    return result
  }
  // The driver asks for bare values if it can, and those come without their count.
  const counted = (statement: D1PreparedStatement): D1PreparedStatement =>
    new Proxy(statement, {
      get(target, key) {
        if (key === 'bind') return (...values: unknown[]) => counted(target.bind(...values))
        if (key === 'all' || key === 'run') return async () => count(await target.run())
        if (key === 'raw') {
          return async () =>
            count(await target.run()).results.map((row) => Object.values(row as object))
        }
        return key === 'inner' ? target : undefined
      },
    })
  return new Proxy(db, {
    get(target, key) {
      if (key === 'prepare') return (query: string) => counted(target.prepare(query))
      if (key !== 'batch') return undefined
      return async (statements: { inner: D1PreparedStatement }[]) =>
        (await target.batch(statements.map(({ inner }) => inner))).map(count)
    },
  })
}

/** A bucket of which each request is counted; deleting is free. */
function countingBucket(bucket: R2Bucket): R2Bucket {
  const counted = <T extends object>(target: T): T =>
    new Proxy(target, {
      get(_, key) {
        const value = Reflect.get(target, key, target) as unknown
        if (typeof value !== 'function') return value
        return (...args: unknown[]) => {
          if (['get', 'head'].includes(String(key))) tally.bucket_b += 1
          else if (!['delete', 'abort', 'resumeMultipartUpload'].includes(String(key)))
            tally.bucket_a += 1
          const result = value.apply(target, args) as unknown
          if (key === 'resumeMultipartUpload') return counted(result as object)
          return key === 'createMultipartUpload'
            ? (result as Promise<object>).then(counted)
            : result
        }
      },
    })
  return counted(bucket)
}

/** Whoever counts files, each call counted. */
const countingFiles = (files: Env['OWNER_FILES']): Env['OWNER_FILES'] => {
  const counted = (stub: object) =>
    new Proxy(stub, {
      get(target, key) {
        if (!['id', 'name'].includes(String(key))) tally.file_calls += 1
        return Reflect.get(target, key) as unknown
      },
    })
  return {
    idFromString: (id: string) => files.idFromString(id),
    getByName: (name: string) => counted(files.getByName(name)),
    get: (id: DurableObjectId) => counted(files.get(id)),
  } as never
}

const withCountedRecord = (env: Env): Env => ({
  ...env,
  DB: counting(env.DB),
  FILES: countingBucket(env.FILES),
  OWNER_FILES: countingFiles(env.OWNER_FILES),
})

/** Counts what an object asks of its storage. */
function counted({ storage }: DurableObjectState): void {
  const { sql } = storage
  const exec = sql.exec.bind(sql)
  Object.defineProperty(sql, 'exec', {
    value: (query: string, ...values: unknown[]) => {
      const cursor = exec(query, ...values)
      cursors.push({ name: nameOf(query), cursor })
      if (cursors.length > CURSORS) settle(CURSORS / 2)
      return cursor
    },
  })
  const setAlarm = storage.setAlarm.bind(storage)
  Object.defineProperty(storage, 'setAlarm', {
    value: (at: number) => {
      tally.alarms += 1
      return setAlarm(at)
    },
  })
}

/** The objects too, each call of them counted. */
const withCountedCalls = (env: Env): Env => {
  const calls = (object: DurableObjectStub) =>
    new Proxy(object, {
      get(target, key) {
        tally.object_calls += 1
        return Reflect.get(target, key) as unknown
      },
    })
  const getByName = (name: string) => calls(env.CONVERSATION.getByName(name))
  return { ...withCountedRecord(env), CONVERSATION: { getByName } as never }
}

/** Hilo's own object, its storage and its record counted. */
export class Conversation extends Counted {
  constructor(ctx: DurableObjectState, env: Env) {
    counted(ctx)
    super(ctx, withCountedRecord(env))
  }

  override pageForIndex(...args: Parameters<Counted['pageForIndex']>) {
    tally.index_calls += 1
    return super.pageForIndex(...args)
  }
}

/** The same of indexes, and the calls between them and conversations. */
export class OwnerIndex extends CountedIndex {
  constructor(ctx: DurableObjectState, env: Env) {
    counted(ctx)
    super(ctx, withCountedRecord(env))
  }

  override notice(id: string) {
    tally.index_calls += 1
    return super.notice(id)
  }

  override fetch(): Response {
    return new Response(String(this.ctx.storage.sql.databaseSize))
  }
}

/** The same of whoever counts files. */
export class OwnerFiles extends CountedFiles {
  constructor(ctx: DurableObjectState, env: Env) {
    counted(ctx)
    super(ctx, withCountedRecord(env))
  }
}

export default {
  async fetch(request, env, ctx) {
    const { pathname, searchParams } = new URL(request.url)
    if (pathname === '/bytes') {
      return env.OWNER_INDEX.getByName(searchParams.get('name') ?? '').fetch(request)
    }
    if (pathname !== '/tally') return worker.fetch(request, withCountedCalls(env), ctx)
    settle()
    countWritten('alarm', tally.alarms)
    const now = { ...tally, written: Object.fromEntries(written) }
    written.clear()
    for (const key of Object.keys(tally) as (keyof typeof tally)[]) tally[key] = 0
    return Response.json(now)
  },
  scheduled: (controller, env) => worker.scheduled(controller, withCountedCalls(env)),
} satisfies ExportedHandler<Env>

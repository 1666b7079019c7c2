import { DurableObject } from 'cloudflare:workers'

import { wordsOf } from '../words.ts'

interface Bindings {
  BARE: DurableObjectNamespace<Bare>
  FOUND: DurableObjectNamespace<Found>
}

interface Said {
  id: string
  role: string
  content: string
}

/** The least that an object can do: one SQL insert and one select, or one select, of what makes a message of Hilo's. */
export class Bare extends DurableObject<Bindings> {
  constructor(ctx: DurableObjectState, env: Bindings) {
    super(ctx, env)
    ctx.storage.sql.exec(
      `CREATE TABLE IF NOT EXISTS bare (
        seq INTEGER PRIMARY KEY, id TEXT, role TEXT, origin TEXT, content TEXT, parts TEXT, tool_calls TEXT,
        tool_call_id TEXT, status TEXT, finish_reason TEXT, model TEXT, tokens_used INTEGER, created_at INTEGER
      )`,
    )
  }

  append({ id, role, content }: Said) {
    const { sql } = this.ctx.storage
    sql.exec(
      `INSERT INTO bare (id, role, origin, content, status, created_at)
       VALUES (?, ?, 'client', ?, 'complete', ?)`,
      id,
      role,
      content,
      Date.now(),
    )
    return this.newest(1)[0]
  }

  newest(limit: number) {
    return this.ctx.storage.sql
      .exec('SELECT * FROM bare ORDER BY seq DESC LIMIT ?', limit)
      .toArray()
  }
}

/** The least that finds anything: one FTS5 table with its text, and one query with excerpts. */
export class Found extends DurableObject<Bindings> {
  constructor(ctx: DurableObjectState, env: Bindings) {
    super(ctx, env)
    ctx.storage.sql.exec('CREATE VIRTUAL TABLE IF NOT EXISTS found USING fts5(content)')
  }

  fill(from: number, to: number): void {
    for (let n = from; n < to; n += 1) {
      this.ctx.storage.sql.exec('INSERT INTO found (content) VALUES (?)', wordsOf(n))
    }
  }

  find(q: string) {
    return this.ctx.storage.sql
      .exec(
        `SELECT rowid, rank, snippet(found, 0, '[', ']', '…', 20) AS excerpt FROM found
         WHERE found MATCH ? ORDER BY rank LIMIT 20`,
        `"${q}"`,
      )
      .toArray()
  }
}

export default {
  async fetch(request, env) {
    const { pathname, searchParams } = new URL(request.url)
    const name = searchParams.get('name') ?? ''
    if (pathname === '/fill') {
      const [from, to] = [Number(searchParams.get('from')), Number(searchParams.get('to'))]
      await env.FOUND.getByName(name).fill(from, to)
      return Response.json({})
    }
    if (pathname === '/find') {
      return Response.json(await env.FOUND.getByName(name).find(searchParams.get('q') ?? ''))
    }
    const object = env.BARE.getByName(name)
    if (pathname === '/append') {
      return Response.json(await object.append(await request.json<Said>()), { status: 201 })
    }
    return Response.json(await object.newest(Number(searchParams.get('limit'))))
  },
} satisfies ExportedHandler<Bindings>

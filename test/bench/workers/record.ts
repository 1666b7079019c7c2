interface Bindings {
  DB: D1Database
}

interface Said {
  id: string
  role: string
  content: string
}

/** Raw D1: a table of messages by itself, and the pages of the list as one would write them by hand. */
export default {
  async fetch(request, env) {
    const { pathname, searchParams } = new URL(request.url)
    if (pathname === '/append') {
      const { id, role, content } = await request.json<Said>()
      const [, { results }] = (await env.DB.batch([
        env.DB.prepare('INSERT INTO bare (id, role, content) VALUES (?, ?, ?)').bind(
          id,
          role,
          content,
        ),
        env.DB.prepare('SELECT * FROM bare ORDER BY seq DESC LIMIT 1'),
      ])) as [D1Result, D1Result]
      return Response.json(results[0], { status: 201 })
    }
    if (pathname === '/newest') {
      const { results } = await env.DB.prepare('SELECT * FROM bare ORDER BY seq DESC LIMIT ?')
        .bind(Number(searchParams.get('limit')))
        .run()
      return Response.json(results)
    }
    const { results } = await env.DB.prepare(
      `SELECT * FROM conversations WHERE user_id = ? AND is_active = 1
       ORDER BY updated_at DESC, id DESC LIMIT 21`,
    )
      .bind(searchParams.get('user'))
      .run()
    return Response.json(results)
  },
} satisfies ExportedHandler<Bindings>

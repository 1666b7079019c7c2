interface Bindings {
  FILES: R2Bucket
}

/** A bare bucket: what comes is put, and what was put is read. */
export default {
  async fetch(request, env) {
    const key = new URL(request.url).pathname
    if (request.method === 'PUT') {
      await env.FILES.put(key, request.body)
      return new Response(null, { status: 201 })
    }
    const object = await env.FILES.get(key)
    return new Response(object?.body ?? null, { status: object ? 200 : 404 })
  },
} satisfies ExportedHandler<Bindings>

/** Stands in for every outbound request of the Worker under test; runs in Node, not in workerd. */
export async function fakeNetwork(request: Request): Promise<Response> {
  const { host, pathname } = new URL(request.url)
  return new Response(`unexpected request to ${host}${pathname}`, { status: 599 })
}

/** The session cookie that an answer sets; null if it sets none. */
export function cookieOf(response: Response) {
  const header = response.headers.get('set-cookie')
  if (header === null) return null
  const [pair = '', ...flags] = header.split('; ')
  const [name = '', value = ''] = pair.split('=')
  return { name, value, flags }
}

/** How a browser sends a session's token along. */
export const withCookie = (token: string, headers: Record<string, string> = {}) => ({
  cookie: `theme=dark; __Host-hilo_session=${token}`,
  ...headers,
})

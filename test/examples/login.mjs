// A login callback: what a visitor began becomes the user's. Your own code knows by then who has logged in.
//
//   HILO_URL=http://localhost:8787 HILO_TOKEN=… node login.mjs ann SESSION_TOKEN
const { HILO_URL = 'http://localhost:8787', HILO_TOKEN } = process.env

/** To be called once the identity provider has said who it is. It may be called again: it changes nothing twice. */
export async function handOver(userId, sessionToken, tries = 5) {
  for (let attempt = 1; ; attempt += 1) {
    const answer = await fetch(`${HILO_URL}/api/sessions/link`, {
      method: 'POST',
      headers: { authorization: `Bearer ${HILO_TOKEN}`, 'content-type': 'application/json' },
      body: JSON.stringify({ user_id: userId, session_token: sessionToken }),
    }).catch((error) => ({ ok: false, status: 0, headers: new Headers(), error }))
    if (answer.ok) return answer.json()
    const isPassing = [0, 429, 503].includes(answer.status)
    if (!isPassing || attempt === tries) throw new Error(`Not handed over: ${answer.status}`)
    const seconds = Number(answer.headers.get('retry-after') ?? attempt)
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000))
  }
}

const [user, token] = process.argv.slice(2)
const { linked, session } = await handOver(user, token)
console.log(`${linked} conversations are ${user}'s now`)
// Give this one to the browser, for whoever comes next at that screen.
console.log(`next session: ${session.session_id}`)

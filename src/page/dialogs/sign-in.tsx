import { useState } from 'react'

import { signInWith } from '../api/identity.ts'
import { Dialog } from '../kit/dialog.tsx'
import { words } from '../words/words.ts'

/** A user's token asks for their list, a service's for that of everybody: what is refused is not kept. */
async function holds(token: string): Promise<boolean> {
  const headers = { authorization: `Bearer ${token}` }
  const scope = token.split('.').length === 3 ? 'mine' : 'all'
  const answer = await fetch(`/api/conversations?limit=1&scope=${scope}`, { headers })
  return answer.ok
}

export function SignInDialog({ onClose }: { onClose: () => void }) {
  const [token, setToken] = useState('')
  const [isWrong, setWrong] = useState(false)
  const act = async () => {
    const given = token.trim().replace(/^.*#token=/, '')
    const isRight = await holds(given).catch(() => false)
    if (isRight) signInWith(given)
    else setWrong(true)
  }
  return (
    <Dialog title={words.signInTitle} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          void act()
        }}
      >
        <p>
          {words.signInDetail} <code>npm run token -- ann</code>
        </p>
        <label className="labelled">
          {words.token}
          <input
            autoComplete="off"
            spellCheck={false}
            value={token}
            aria-invalid={isWrong}
            onInput={({ currentTarget }) => {
              setToken(currentTarget.value)
              setWrong(false)
            }}
          />
        </label>
        {isWrong && <p role="alert">{words.badToken}</p>}
        <footer>
          <button type="submit" className="strong" disabled={token.trim() === ''}>
            {words.signIn}
          </button>
        </footer>
      </form>
    </Dialog>
  )
}

import { useEffect, useState } from 'react'

import { identity } from './api/identity.ts'
import { IconButton } from './kit/button.tsx'
import { Sidebar } from './list/sidebar.tsx'
import { close, notices } from './state/notices.ts'
import { go, place } from './state/place.ts'
import { useStore } from './state/store.ts'
import { Talk } from './talk/talk.tsx'
import { threadOf } from './talk/threads.ts'
import { Welcome } from './talk/welcome.tsx'
import { words } from './words/words.ts'

function Notices() {
  const { shown } = useStore(notices)
  return (
    <div className="notices" role="status">
      {shown.map(({ id, text, isTrouble }) => (
        <p key={id} className={isTrouble ? 'trouble' : ''}>
          {text}
          <IconButton icon="close" label={words.close} onClick={() => close(id)} />
        </p>
      ))}
    </div>
  )
}

/** What the keyboard does anywhere. */
function useKeys(): void {
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const isCommand = event.ctrlKey || event.metaKey
      if (isCommand && event.key === 'k') {
        event.preventDefault()
        document.querySelector<HTMLElement>('.search input, .rows a')?.focus()
      }
      if (isCommand && event.shiftKey && event.key.toLowerCase() === 'o') {
        event.preventDefault()
        go(null)
      }
    }
    addEventListener('keydown', press)
    return () => removeEventListener('keydown', press)
  }, [])
}

export function App() {
  const { id, messageId } = useStore(place)
  const [hasSidebar, setSidebar] = useState(false)
  useKeys()
  return (
    <div className={`app${hasSidebar ? ' has-sidebar' : ''}`}>
      <a className="skip" href="#talk" onClick={skip}>
        {words.skip}
      </a>
      <IconButton
        className="only-small open-sidebar"
        icon="menu"
        label={words.conversations}
        onClick={() => setSidebar(true)}
      />
      <Sidebar openId={id} onClose={() => setSidebar(false)} />
      {hasSidebar && <div className="veil" onClick={() => setSidebar(false)} />}
      {id !== null ? (
        <Talk key={id} thread={threadOf(id)} markedId={messageId} />
      ) : identity.kind === 'service' ? (
        <main className="stage empty" id="talk">
          <p>{words.deskDetail}</p>
        </main>
      ) : (
        <Welcome />
      )}
      <Notices />
    </div>
  )
}

/** The address says which conversation is open, so the link must not change it. */
function skip(event: { preventDefault: () => void }): void {
  event.preventDefault()
  document.querySelector<HTMLElement>('#talk textarea, #talk .scroller')?.focus()
}

import { identity } from '../api/identity.ts'
import { IconButton } from '../kit/button.tsx'
import { Icon, Mark } from '../kit/icons.tsx'
import { go } from '../state/place.ts'
import { useStore } from '../state/store.ts'
import { words } from '../words/words.ts'
import { type Shelf, list, show } from './conversations.ts'
import { Finds, SearchField } from './finds.tsx'
import { Rows } from './rows.tsx'
import { search } from './search.ts'
import { Who } from './who.tsx'

const shelves: [Shelf, string][] = [
  ['active', words.active],
  ['archived', words.archived],
]

export function Sidebar({ openId, onClose }: { openId: string | null; onClose: () => void }) {
  const { shelf } = useStore(list)
  const isSearching = useStore(search).q.trim() !== ''
  return (
    <nav className="sidebar" aria-label={words.conversations}>
      <header>
        <a className="brand" href="#/" onClick={onClose}>
          <Mark />
          hilo
        </a>
        <IconButton className="only-small" icon="close" label={words.close} onClick={onClose} />
      </header>
      {identity.kind === 'service' ? (
        <p className="soft">{words.deskDetail}</p>
      ) : (
        <>
          <button
            type="button"
            className="begin"
            onClick={() => {
              go(null)
              onClose()
            }}
          >
            <Icon name="plus" />
            {words.newConversation}
          </button>
          <SearchField />
          {!isSearching && (
            <div className="shelves" role="group" aria-label={words.conversations}>
              {shelves.map(([name, label]) => (
                <button
                  key={name}
                  type="button"
                  aria-pressed={shelf === name}
                  onClick={() => show(name)}
                >
                  {label}
                </button>
              ))}
            </div>
          )}
        </>
      )}
      {isSearching ? <Finds onOpen={onClose} /> : <Rows openId={openId} onOpen={onClose} />}
      <Who />
    </nav>
  )
}

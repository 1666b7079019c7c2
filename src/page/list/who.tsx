import { useState } from 'react'

import { access, identity } from '../api/identity.ts'
import { loginUrl, signOut } from '../api/login.ts'
import { EraseAll } from '../dialogs/erase.tsx'
import { ExportDialog } from '../dialogs/export.tsx'
import { ImportDialog } from '../dialogs/import.tsx'
import { LeaveDialog } from '../dialogs/leave.tsx'
import { SignInDialog } from '../dialogs/sign-in.tsx'
import { Icon } from '../kit/icons.tsx'
import { Menu } from '../kit/menu.tsx'
import { useStore } from '../state/store.ts'
import { words } from '../words/words.ts'

const names = {
  visitor: () => words.visitor,
  user: () => (identity.kind === 'user' ? identity.name : ''),
  service: () => words.desk,
}

function signIn(otherwise: () => void): void {
  if (loginUrl === null) otherwise()
  else location.assign(loginUrl)
}

type Shown = 'import' | 'export' | 'erase' | 'sign-in' | 'leave' | null

/** Who is here, and what they can do with all that is theirs. */
export function Who() {
  const [shown, setShown] = useState<Shown>(null)
  const { hasEnded } = useStore(access)
  const { kind } = identity
  const close = () => setShown(null)
  const ask = () => signIn(() => setShown('sign-in'))
  const isOwner = kind !== 'service'
  return (
    <footer className="who">
      {hasEnded && (
        <p className="note trouble" role="alert">
          {words.signInEnded}{' '}
          <button type="button" className="plain" onClick={ask}>
            {words.signIn}
          </button>
        </p>
      )}
      <Menu
        label={words.menu}
        className="upwards"
        items={[
          kind === 'visitor' ? { icon: 'person', label: words.signIn, act: ask } : null,
          isOwner ? { icon: 'import', label: words.import, act: () => setShown('import') } : null,
          isOwner
            ? { icon: 'export', label: words.exportAll, act: () => setShown('export') }
            : null,
          { icon: 'docs', label: words.apiDocs, act: () => location.assign('/docs') },
          isOwner
            ? {
                icon: 'erase',
                label: words.eraseAll,
                isDangerous: true,
                act: () => setShown('erase'),
              }
            : null,
          kind === 'visitor'
            ? { icon: 'leave', label: words.forget, act: () => setShown('leave') }
            : { icon: 'leave', label: words.signOut, act: () => void signOut() },
        ]}
      >
        <span className="face" aria-hidden="true">
          <Icon name="person" />
        </span>
        <span className="name">{names[kind]()}</span>
        <Icon name="more" />
      </Menu>
      {kind === 'visitor' && <p className="soft">{words.visitorDetail}</p>}
      {shown === 'import' && <ImportDialog onClose={close} />}
      {shown === 'export' && <ExportDialog thread={null} onClose={close} />}
      {shown === 'erase' && <EraseAll onClose={close} />}
      {shown === 'sign-in' && <SignInDialog onClose={close} />}
      {shown === 'leave' && <LeaveDialog onClose={close} />}
    </footer>
  )
}

import { type KeyboardEvent, useState } from 'react'

import { type Conversation, explain } from '../api/hilo.ts'
import { identity } from '../api/identity.ts'
import { EraseOne } from '../dialogs/erase.tsx'
import { ExportDialog } from '../dialogs/export.tsx'
import { SummaryDialog } from '../dialogs/summary.tsx'
import { Icon } from '../kit/icons.tsx'
import { Menu } from '../kit/menu.tsx'
import { isPinned } from '../list/pins.ts'
import { tell } from '../state/notices.ts'
import { useStore } from '../state/store.ts'
import { words } from '../words/words.ts'
import type { Thread } from './thread.ts'

interface FieldProps {
  className: string
  label: string
  /** What stands there while there is nothing. */
  otherwise: string
  value: string
  limit: number
  isReadOnly: boolean
  onChange: (value: string) => void
}

/** Text that is edited where it stands: Enter keeps it, Escape leaves it as it was. */
function Field({ className, label, otherwise, value, limit, isReadOnly, onChange }: FieldProps) {
  const [written, setWritten] = useState<string | null>(null)
  const keep = () => {
    if (written !== null && written.trim() !== value) onChange(written.trim())
    setWritten(null)
  }
  const press = ({ key, currentTarget }: KeyboardEvent<HTMLInputElement>) => {
    if (key === 'Escape') setWritten(null)
    if (key === 'Enter') currentTarget.blur()
  }
  return (
    <input
      className={className}
      dir="auto"
      aria-label={label}
      placeholder={otherwise}
      maxLength={limit}
      readOnly={isReadOnly}
      value={written ?? value}
      onInput={({ currentTarget }) => setWritten(currentTarget.value)}
      onKeyDown={press}
      onBlur={keep}
    />
  )
}

type Shown = 'export' | 'erase' | 'summary' | null

export function Heading({ thread, conversation }: { thread: Thread; conversation: Conversation }) {
  const { isReadOnly } = useStore(thread.store)
  const [shown, setShown] = useState<Shown>(null)
  const { title, topic, is_active: isActive, is_resolved: isResolved } = conversation
  const put = (patch: Parameters<Thread['patch']>[0]) =>
    void thread.patch(patch).catch((error) => tell(explain(error), true))
  const close = () => setShown(null)
  const mine = isReadOnly
    ? []
    : [
        isPinned(conversation)
          ? {
              icon: 'pin' as const,
              label: words.unpin,
              act: () => put({ metadata: { pinned: null } }),
            }
          : {
              icon: 'pin' as const,
              label: words.pin,
              act: () => put({ metadata: { pinned: 'yes' } }),
            },
        {
          icon: 'check' as const,
          label: isResolved ? words.reopen : words.resolve,
          act: () => put({ is_resolved: !isResolved }),
        },
        {
          icon: 'archive' as const,
          label: isActive ? words.archive : words.restore,
          act: () => put({ is_active: !isActive }),
        },
      ]
  return (
    <header className="heading">
      <div className="names">
        <h1 className="unseen">{title ?? words.untitled}</h1>
        <Field
          className="title"
          label={words.title}
          otherwise={words.untitled}
          value={title ?? ''}
          limit={255}
          isReadOnly={isReadOnly}
          onChange={(value) => put({ title: value || null })}
        />
        <p className="under">
          {identity.kind === 'service' && (
            <span className="owner">{conversation.user_id ?? words.visitor}</span>
          )}
          {isResolved && (
            <span className="tag">
              <Icon name="check" />
              {words.resolved}
            </span>
          )}
          <Field
            className="topic"
            label={words.topic}
            otherwise={words.topic}
            value={topic ?? ''}
            limit={100}
            isReadOnly={isReadOnly}
            onChange={(value) => put({ topic: value || null })}
          />
        </p>
      </div>
      <Menu
        label={words.more}
        icon="more"
        className="at-end"
        items={[
          ...mine,
          { icon: 'summary', label: words.summary, act: () => setShown('summary') },
          { icon: 'export', label: words.export, act: () => setShown('export') },
          isReadOnly
            ? null
            : {
                icon: 'erase',
                label: words.erase,
                isDangerous: true,
                act: () => setShown('erase'),
              },
        ]}
      />
      {shown === 'summary' && <SummaryDialog thread={thread} onClose={close} />}
      {shown === 'export' && <ExportDialog thread={thread} onClose={close} />}
      {shown === 'erase' && (
        <EraseOne thread={thread} conversation={conversation} onClose={close} />
      )}
    </header>
  )
}

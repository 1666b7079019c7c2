import { type KeyboardEvent, memo, useEffect, useMemo, useRef } from 'react'
import { Virtualizer } from 'virtua'

import type { Conversation } from '../api/hilo.ts'
import { identity } from '../api/identity.ts'
import { Icon } from '../kit/icons.tsx'
import { addressOf } from '../state/place.ts'
import { useStore } from '../state/store.ts'
import { ageOf, shortMoment, words } from '../words/words.ts'
import { list, more } from './conversations.ts'
import { isPinned } from './pins.ts'

type Row = { heading: string } | { conversation: Conversation }

/** How near to the end of the list the next page is asked for, in pixels. */
const NEAR = 600

/** Those that are pinned come first, and the others under the day they were last used. */
function rowsOf(items: Conversation[]): Row[] {
  const rows: Row[] = []
  let under = ''
  const add = (heading: string, conversation: Conversation) => {
    if (heading !== under) rows.push({ heading })
    under = heading
    rows.push({ conversation })
  }
  for (const one of items) if (isPinned(one)) add(words.pinned, one)
  for (const one of items) if (!isPinned(one)) add(ageOf(one.updated_at), one)
  return rows
}

interface LineProps {
  conversation: Conversation
  isOpen: boolean
  onOpen: () => void
}

const Line = memo(function Line({ conversation, isOpen, onOpen }: LineProps) {
  const { id, title, topic, updated_at: at, is_resolved: isResolved, user_id: user } = conversation
  const owner = identity.kind === 'service' ? (user ?? words.visitor) : null
  return (
    <a
      className="line"
      href={addressOf(id)}
      aria-current={isOpen ? 'page' : undefined}
      onClick={onOpen}
    >
      <span className="name" dir="auto">
        {title ?? words.untitled}
      </span>
      <time dateTime={at}>{shortMoment(at)}</time>
      {(owner ?? topic) && (
        <span className="about" dir="auto">
          {owner ?? topic}
        </span>
      )}
      {isResolved && <Icon name="check" />}
      {isResolved && <span className="unseen">{words.resolved}</span>}
    </a>
  )
})

export function Rows({ openId, onOpen }: { openId: string | null; onOpen: () => void }) {
  const { items, shelf, isLoading, hasMore, trouble } = useStore(list)
  const rows = useMemo(() => rowsOf(items), [items])
  const scroller = useRef<HTMLDivElement>(null)
  useEffect(() => void more(), [])

  const watch = () => {
    const { current } = scroller
    if (!current) return
    const below = current.scrollHeight - current.scrollTop - current.clientHeight
    if (below < NEAR) void more()
  }
  // A screen that is higher than the first page asks for the second.
  useEffect(watch, [rows, hasMore])

  const walk = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step === undefined) return
    const lines = [...(scroller.current?.querySelectorAll<HTMLElement>('a.line') ?? [])]
    const to = lines[lines.indexOf(document.activeElement as HTMLElement) + step]
    if (!to) return
    event.preventDefault()
    to.focus()
  }
  return (
    <div className="rows" ref={scroller} onScroll={watch} onKeyDown={walk}>
      <Virtualizer scrollRef={scroller} data={rows} as="ul" item="li">
        {(row) =>
          'heading' in row ? (
            <h2 key={row.heading}>{row.heading}</h2>
          ) : (
            <Line
              key={row.conversation.id}
              conversation={row.conversation}
              isOpen={row.conversation.id === openId}
              onOpen={onOpen}
            />
          )
        }
      </Virtualizer>
      {trouble !== null && <p role="alert">{trouble}</p>}
      {isLoading && <p className="soft">{words.loading}</p>}
      {!isLoading && trouble === null && items.length === 0 && (
        <p className="soft">{shelf === 'active' ? words.nothingYet : words.nothingArchived}</p>
      )}
    </div>
  )
}

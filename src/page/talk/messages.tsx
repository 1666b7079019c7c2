import type { UIMessage } from 'ai'
import { useEffect, useLayoutEffect, useRef, useState } from 'react'
import { Virtualizer, type VirtualizerHandle } from 'virtua'

import { IconButton } from '../kit/button.tsx'
import { useStore } from '../state/store.ts'
import { words } from '../words/words.ts'
import { MessageView } from './message.tsx'
import type { Talker } from './talker.ts'
import type { Thread } from './thread.ts'

interface MessagesProps {
  thread: Thread
  messages: UIMessage[]
  isRunning: boolean
  /** A message to go to, as a search found it. */
  markedId: string | null
  talker: Talker | null
}

/** How near to an end counts as being there, in pixels. */
const NEAR = 120

/** Whether messages were put before those that were shown: then what is seen must not move. */
function useShift(messages: UIMessage[]): boolean {
  const before = useRef<UIMessage[]>([])
  const [first] = messages
  const isShifted =
    before.current.length > 0 &&
    messages.length > before.current.length &&
    first?.id !== before.current[0]?.id &&
    messages.at(-1)?.id === before.current.at(-1)?.id
  useLayoutEffect(() => {
    before.current = messages
  })
  return isShifted
}

export function Messages({ thread, messages, isRunning, markedId, talker }: MessagesProps) {
  const { older, isLoading } = useStore(thread.store)
  const list = useRef<VirtualizerHandle>(null)
  const scroller = useRef<HTMLDivElement>(null)
  const isAtEnd = useRef(true)
  const [isFar, setFar] = useState(false)
  const shift = useShift(messages)
  const last = messages.length - 1

  const toEnd = () => {
    isAtEnd.current = true
    const { current } = scroller
    if (current) current.scrollTop = current.scrollHeight
  }
  // A reply that grows pulls the view along, unless the reader has gone up.
  useLayoutEffect(() => {
    if (isAtEnd.current && markedId === null) toEnd()
  }, [messages, markedId])

  // What one says oneself is always seen.
  const lastOwn = messages.findLast(({ role }) => role === 'user')?.id
  useLayoutEffect(() => {
    if (isRunning) toEnd()
  }, [lastOwn, isRunning])

  // Gone to once it is among those that are drawn.
  const [wantedId, setWantedId] = useState<string | null>(null)
  useEffect(() => {
    if (markedId === null) return
    isAtEnd.current = false
    void thread.reach(markedId).then((isThere) => setWantedId(isThere ? markedId : null))
  }, [thread, markedId])
  useLayoutEffect(() => {
    const index = messages.findIndex(({ id }) => id === wantedId)
    if (index < 0) return
    list.current?.scrollToIndex(index, { align: 'center' })
    setWantedId(null)
  }, [messages, wantedId])

  const watch = () => {
    const { current } = scroller
    if (!current) return
    const below = current.scrollHeight - current.scrollTop - current.clientHeight
    isAtEnd.current = below < NEAR
    setFar(below > current.clientHeight)
    if (current.scrollTop < current.clientHeight * 2) void thread.older().catch(() => {})
  }

  return (
    <div
      className="scroller"
      ref={scroller}
      onScroll={watch}
      // Those who have no mouse scroll it with the keyboard.
      tabIndex={0}
      role="region"
      aria-label={words.messages}
    >
      <p className="before">
        {older === null ? words.beginning : isLoading ? words.olderMessages : ''}
      </p>
      <Virtualizer
        ref={list}
        scrollRef={scroller}
        startMargin={64}
        shift={shift}
        data={messages}
        onResize={() => isAtEnd.current && toEnd()}
      >
        {(message, index) => (
          <MessageView
            key={message.id}
            message={message}
            fact={thread.screen.factOf(message.id)}
            isRunning={isRunning && index === last && message.role === 'assistant'}
            isMarked={message.id === markedId}
            isLast={!isRunning && index === last}
            talker={talker}
          />
        )}
      </Virtualizer>
      {isRunning && messages[last]?.role === 'user' && (
        <div className="message assistant is-running">
          <span className="waiting" aria-hidden="true" />
        </div>
      )}
      {isFar && <IconButton className="jump" icon="down" label={words.jumpDown} onClick={toEnd} />}
    </div>
  )
}

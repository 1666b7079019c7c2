import { useChat } from '@ai-sdk/react'
import type { FileUIPart } from 'ai'
import { useEffect, useMemo, useRef } from 'react'

import { useStore } from '../state/store.ts'
import { words } from '../words/words.ts'
import { Composer } from './composer.tsx'
import { Heading } from './heading.tsx'
import { Messages } from './messages.tsx'
import { Talker } from './talker.ts'
import type { Thread } from './thread.ts'

const THROTTLE_MS = 40

/** What failed, as the stream or the answer said it; a connection that broke says nothing. */
function explainError(error: Error | undefined, isUnsent: boolean): string {
  if (error && !(error instanceof TypeError)) return error.message || words.replyFailed
  return isUnsent ? words.notSent : words.lost
}

/** Says to those who cannot see it that a reply has begun, or is complete. */
function Told({ isRunning }: { isRunning: boolean }) {
  const hasRun = useRef(false)
  useEffect(() => {
    if (isRunning) hasRun.current = true
  })
  return (
    <p className="unseen" role="status">
      {isRunning ? words.answering : hasRun.current ? words.answered : ''}
    </p>
  )
}

export function Talk({ thread, markedId }: { thread: Thread; markedId: string | null }) {
  const { messages, status, error } = useChat({ chat: thread.chat, throttle: THROTTLE_MS })
  const { conversation, isThere, isReadOnly, isLost, isLoading, trouble } = useStore(thread.store)
  const talker = useMemo(() => new Talker(thread), [thread])
  const isRunning = status === 'submitted' || status === 'streaming'
  const isUnsent = thread.screen.unsent.length > 0

  // Hilo has a conversation that was begun here as soon as its reply begins.
  const hasBegun =
    status === 'streaming' || (status === 'ready' && messages.length > 0 && !isUnsent)
  useEffect(() => {
    if (hasBegun && !isThere) thread.follow()
  }, [thread, hasBegun, isThere])

  useEffect(() => {
    document.title = conversation?.title ? `${conversation.title} · Hilo` : 'Hilo'
  }, [conversation?.title])

  // The chat still has the messages of what was erased meanwhile.
  if (trouble !== null) {
    return (
      <main className="stage empty" id="talk">
        <p role="alert">{trouble}</p>
        {!thread.isBusy && (
          <button type="button" className="plain" onClick={() => void thread.open()}>
            {words.tryAgain}
          </button>
        )}
      </main>
    )
  }
  return (
    <main className="stage" id="talk">
      {conversation && <Heading thread={thread} conversation={conversation} />}
      {isLoading && messages.length === 0 ? (
        <p className="loading">{words.loading}</p>
      ) : (
        <Messages
          key={thread.id}
          thread={thread}
          messages={messages}
          isRunning={isRunning}
          markedId={markedId}
          talker={isReadOnly ? null : talker}
        />
      )}
      <Told isRunning={isRunning} />
      {isReadOnly ? (
        <p className="note">{words.readOnly}</p>
      ) : (
        <Composer
          key={`composer ${thread.id}`}
          draftId={thread.id}
          isRunning={isRunning}
          onSend={(text: string, files: FileUIPart[]) => void talker.send(text, files)}
          onStop={() => void talker.stop()}
        >
          {isLost && (
            <p className="note" role="status">
              {words.lost}
            </p>
          )}
          {!isLost && !isRunning && (error || isUnsent) && (
            <p className="note trouble" role="alert">
              {explainError(error, isUnsent)}{' '}
              <button type="button" className="plain" onClick={() => void talker.retry()}>
                {words.tryAgain}
              </button>
            </p>
          )}
          {conversation && !conversation.is_active && <p className="note">{words.archivedNote}</p>}
        </Composer>
      )}
    </main>
  )
}

import type { UIMessage } from 'ai'
import { memo, useState } from 'react'

import { isFilteredBy } from '../../contract/finish-reason.ts'
import type { Message } from '../api/hilo.ts'
import { IconButton } from '../kit/button.tsx'
import { Copy } from '../kit/copy.tsx'
import { moment, words } from '../words/words.ts'
import { Edit } from './edit.tsx'
import { Parts } from './parts.tsx'
import type { Talker } from './talker.ts'
import { textOf } from './ui-messages.ts'

interface MessageProps {
  message: UIMessage
  /** What Hilo has of it; nothing yet of one that is just being said. */
  fact: Message | undefined
  isRunning: boolean
  isMarked: boolean
  /** Whether nothing stands behind it, and nothing is being written. */
  isLast: boolean
  /** Null if this reader cannot write here. */
  talker: Talker | null
}

function Siblings({ fact, talker }: { fact: Message; talker: Talker | null }) {
  const { siblings, id } = fact
  const at = siblings.indexOf(id)
  if (siblings.length < 2) return null
  const to = (index: number) => {
    const other = siblings[index]
    return talker && other !== undefined ? () => void talker.goTo(other) : undefined
  }
  const [back, forth] = [to(at - 1), to(at + 1)]
  return (
    <span className="siblings" role="group" aria-label={words.sibling(at + 1, siblings.length)}>
      <IconButton icon="back" label={words.previous} disabled={!back} onClick={back} />
      <span aria-hidden="true">
        {at + 1}/{siblings.length}
      </span>
      <IconButton icon="forth" label={words.next} disabled={!forth} onClick={forth} />
    </span>
  )
}

function Details({ fact }: { fact: Message }) {
  const { model, tokens_used: tokens, created_at: at, seq, finish_reason: reason } = fact
  const said = [moment(at), model, tokens === null ? null : words.tokens(tokens), `#${seq}`, reason]
  return <p className="details">{said.filter(Boolean).join(' · ')}</p>
}

/** What a reader can't see of how a reply ended. */
function Ended({ fact }: { fact: Message }) {
  const { role, status, content, parts, tool_calls: calls, finish_reason: reason } = fact
  const isWordless = role === 'assistant' && content === '' && !parts && !calls
  if (status === 'interrupted') return <p className="cut">{words.interrupted}</p>
  if (status === 'deleted') return <p className="cut">{words.deleted}</p>
  if (!isWordless) return null
  return <p className="cut">{isFilteredBy(reason) ? words.filtered : words.wordless}</p>
}

const roles = { user: words.you, assistant: words.reply, system: words.system }

export const MessageView = memo(function MessageView(props: MessageProps) {
  const { message, fact, isRunning, isMarked, isLast, talker } = props
  const [isEditing, setEditing] = useState(false)
  const [hasDetails, setDetails] = useState(false)
  const { role } = message
  const isEmpty = message.parts.every((part) => part.type === 'step-start')
  const classes = ['message', role, isMarked && 'is-marked', isRunning && 'is-running']

  if (isEditing && talker) {
    const put = (text: string) => {
      setEditing(false)
      void talker.edit(message, text)
    }
    return <Edit text={textOf(message)} onPut={put} onCancel={() => setEditing(false)} />
  }
  return (
    <article
      className={classes.filter(Boolean).join(' ')}
      aria-label={roles[role]}
      data-id={message.id}
    >
      <div className="words">
        <Parts message={message} isRunning={isRunning} />
        {isRunning && isEmpty && <span className="waiting" aria-hidden="true" />}
        {fact && <Ended fact={fact} />}
      </div>
      {!isRunning && (
        <footer>
          {fact && <Siblings fact={fact} talker={talker} />}
          <Copy text={() => textOf(message)} />
          {talker && fact && role === 'user' && isLast && (
            <IconButton
              icon="again"
              label={words.regenerate}
              onClick={() => void talker.again(message)}
            />
          )}
          {talker && fact && role === 'user' && fact.status !== 'deleted' && (
            <IconButton icon="edit" label={words.edit} onClick={() => setEditing(true)} />
          )}
          {talker && fact && role === 'assistant' && (
            <IconButton
              icon="again"
              label={words.regenerate}
              onClick={() => void talker.again(message)}
            />
          )}
          {fact && (
            <IconButton
              icon="info"
              label={words.details}
              aria-expanded={hasDetails}
              onClick={() => setDetails(!hasDetails)}
            />
          )}
        </footer>
      )}
      {hasDetails && fact && <Details fact={fact} />}
    </article>
  )
})

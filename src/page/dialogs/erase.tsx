import { type ReactNode, useState } from 'react'

import type { components } from '../../client/client.ts'
import { type Conversation, explain, granted, hilo } from '../api/hilo.ts'
import { Dialog } from '../kit/dialog.tsx'
import * as conversations from '../list/conversations.ts'
import { tell } from '../state/notices.ts'
import { go } from '../state/place.ts'
import { keepDraft } from '../talk/drafts.ts'
import type { Thread } from '../talk/thread.ts'
import { closeThread } from '../talk/threads.ts'
import { moment, words } from '../words/words.ts'

type Erasures = components['schemas']['Erasures']

interface AskProps {
  title: string
  detail: string
  action: string
  /** Erases, and says what became of it. */
  erase: () => Promise<ReactNode>
  onClose: () => void
}

/** Asks before it erases, and shows the receipt after it. */
function Ask({ title, detail, action, erase, onClose }: AskProps) {
  const [isBusy, setBusy] = useState(false)
  const [receipt, setReceipt] = useState<ReactNode>(null)
  const act = async () => {
    setBusy(true)
    try {
      setReceipt(await erase())
    } catch (error) {
      tell(explain(error), true)
      onClose()
    }
  }
  return (
    <Dialog title={receipt === null ? title : words.receipt} onClose={onClose}>
      {receipt ?? <p>{detail}</p>}
      <footer>
        <button type="button" className="plain" onClick={onClose}>
          {receipt === null ? words.cancel : words.close}
        </button>
        {receipt === null && (
          <button type="button" className="dangerous" disabled={isBusy} onClick={() => void act()}>
            {isBusy ? words.loading : action}
          </button>
        )}
      </footer>
    </Dialog>
  )
}

const completeness = (isComplete: boolean) => (
  <p className="soft">{isComplete ? words.receiptComplete : words.receiptPending}</p>
)

interface EraseOneProps {
  thread: Thread
  conversation: Conversation
  onClose: () => void
}

export function EraseOne({ thread, conversation, onClose }: EraseOneProps) {
  const [isErased, setErased] = useState(false)
  const { id } = thread
  const erase = async () => {
    const params = { path: { id } }
    thread.close()
    const receipt = await granted(thread.hilo.api.POST('/api/conversations/{id}/erase', { params }))
    keepDraft(id, '')
    setErased(true)
    return (
      <>
        <p className="receipt">{words.receiptLine(receipt.messages, moment(receipt.erased_at))}</p>
        <p className="soft">
          <code>{receipt.conversation_id}</code>
        </p>
        {completeness(receipt.is_complete)}
      </>
    )
  }
  const close = () => {
    onClose()
    if (!isErased) return
    closeThread(id)
    conversations.drop(id)
    go(null)
  }
  const title = conversation.title ?? words.untitled
  const texts = { title: words.eraseTitle, detail: words.eraseDetail(title), action: words.erase }
  return <Ask {...texts} erase={erase} onClose={close} />
}

async function eraseEverything(): Promise<ReactNode> {
  let [count, messages] = [0, 0]
  let isComplete = true
  for (
    let cursor: string | null = null, isFirst = true;
    isFirst || cursor !== null;
    isFirst = false
  ) {
    const body = cursor === null ? {} : { cursor }
    const receipt: Erasures = await granted(hilo.api.POST('/api/erase', { body }))
    count += receipt.conversations
    messages += receipt.messages
    isComplete &&= receipt.is_complete
    cursor = receipt.has_more ? receipt.next_cursor : null
  }
  closeThread(null)
  conversations.drop(null)
  go(null)
  return (
    <>
      <p className="receipt">{words.receiptAll(count, messages)}</p>
      {completeness(isComplete)}
    </>
  )
}

export function EraseAll({ onClose }: { onClose: () => void }) {
  const { eraseAllTitle: title, eraseAllDetail: detail, eraseAll: action } = words
  return <Ask {...{ title, detail, action }} erase={eraseEverything} onClose={onClose} />
}

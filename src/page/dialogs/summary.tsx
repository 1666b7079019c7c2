import { useState } from 'react'

import { explain, granted } from '../api/hilo.ts'
import { Dialog } from '../kit/dialog.tsx'
import { Prose } from '../markdown/markdown.tsx'
import { tell } from '../state/notices.ts'
import { useStore } from '../state/store.ts'
import type { Thread } from '../talk/thread.ts'
import { words } from '../words/words.ts'

export function SummaryDialog({ thread, onClose }: { thread: Thread; onClose: () => void }) {
  const { conversation, isReadOnly } = useStore(thread.store)
  const [isBusy, setBusy] = useState(false)
  const { summary = null, summary_seq: seq = 0 } = conversation ?? {}
  const summarise = async () => {
    setBusy(true)
    try {
      const params = { path: { id: thread.id } }
      await granted<unknown>(thread.hilo.api.POST('/api/conversations/{id}/summarize', { params }))
      const get = thread.hilo.api.GET('/api/conversations/{id}', { params })
      const { messages: _, next_cursor: __, has_more: ___, ...learned } = await granted(get)
      thread.learn(learned)
    } catch (error) {
      tell(explain(error), true)
    } finally {
      setBusy(false)
    }
  }
  return (
    <Dialog title={words.summary} onClose={onClose}>
      {summary === null ? <p>{words.noSummary}</p> : <Prose text={summary} />}
      {seq > 0 && <p className="soft">{words.summaryOf(seq)}</p>}
      {!isReadOnly && (
        <footer>
          <button
            type="button"
            className="strong"
            disabled={isBusy}
            onClick={() => void summarise()}
          >
            {isBusy ? words.loading : words.summarise}
          </button>
        </footer>
      )}
    </Dialog>
  )
}

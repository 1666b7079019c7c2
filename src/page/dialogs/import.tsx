import { useRef, useState } from 'react'

import { explain } from '../api/hilo.ts'
import { identity } from '../api/identity.ts'
import { Dialog } from '../kit/dialog.tsx'
import * as conversations from '../list/conversations.ts'
import { tell } from '../state/notices.ts'
import { words } from '../words/words.ts'
import { type ImportAnswer, type Progress, importFile } from './import-file.ts'

const SHOWN_ERRORS = 20

function Report({ answer }: { answer: ImportAnswer }) {
  const { imported, unchanged, failed, errors, warnings, complete } = answer
  return (
    <div role="status">
      <p className="receipt">{words.imported(imported, unchanged, failed)}</p>
      {!complete && <p>{words.importNotWhole}</p>}
      {[...warnings].map((warning) => (
        <p className="soft" key={warning}>
          {warning}
        </p>
      ))}
      {errors.length > 0 && (
        <ul className="errors">
          {errors.slice(0, SHOWN_ERRORS).map(({ index, detail }) => (
            <li key={index}>
              {words.place(index)}: {detail}
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}

export function ImportDialog({ onClose }: { onClose: () => void }) {
  const [file, setFile] = useState<File | null>(null)
  const [progress, setProgress] = useState<Progress>({ bytes: 0, conversations: 0 })
  const [answer, setAnswer] = useState<ImportAnswer | null>(null)
  const picker = useRef<HTMLInputElement>(null)
  const take = async (chosen: File) => {
    setFile(chosen)
    setAnswer(null)
    try {
      setAnswer(await importFile(chosen, setProgress))
      conversations.refreshSoon()
    } catch (error) {
      tell(explain(error), true)
    } finally {
      setFile(null)
    }
  }
  return (
    <Dialog title={words.importTitle} onClose={onClose}>
      <p>{identity.kind === 'user' ? words.importDetail : words.importSignIn}</p>
      {file && (
        <div className="progress">
          <progress max={file.size} value={progress.bytes} aria-label={words.importTitle} />
          <p className="soft">{words.importing(progress.conversations)}</p>
        </div>
      )}
      {answer && <Report answer={answer} />}
      {identity.kind === 'user' && (
        <footer>
          <input
            ref={picker}
            type="file"
            hidden
            onChange={({ currentTarget }) => {
              const chosen = currentTarget.files?.[0]
              if (chosen) void take(chosen)
              currentTarget.value = ''
            }}
          />
          <button
            type="button"
            className="strong"
            disabled={file !== null}
            onClick={() => picker.current?.click()}
          >
            {words.importChoose}
          </button>
        </footer>
      )}
    </Dialog>
  )
}

import type { FileUIPart } from 'ai'
import {
  type ClipboardEvent,
  type DragEvent,
  type ReactNode,
  useEffect,
  useRef,
  useState,
} from 'react'

import { IconButton } from '../kit/button.tsx'
import { Icon } from '../kit/icons.tsx'
import { words } from '../words/words.ts'
import { draftFilesOf, draftOf, keepDraft, keepDraftFiles } from './drafts.ts'
import { withFiles } from './files.ts'
import { Grown } from './grown.tsx'

interface ComposerProps {
  /** Under which name the draft is kept. */
  draftId: string
  isRunning: boolean
  onSend: (text: string, files: FileUIPart[]) => void
  onStop: () => void
  /** What belongs above the field: a word on the state of things. */
  children?: ReactNode
}

function Files({ files, onRemove }: { files: FileUIPart[]; onRemove: (index: number) => void }) {
  if (files.length === 0) return null
  return (
    <ul className="files">
      {files.map(({ url, filename = '', mediaType }, index) => (
        <li key={url}>
          {mediaType.startsWith('image/') ? <img src={url} alt="" /> : <Icon name="file" />}
          <span>{filename}</span>
          <IconButton
            icon="close"
            label={words.removeFile(filename)}
            onClick={() => onRemove(index)}
          />
        </li>
      ))}
    </ul>
  )
}

export function Composer({ draftId, isRunning, onSend, onStop, children }: ComposerProps) {
  const [text, setText] = useState(() => draftOf(draftId))
  const [files, setFiles] = useState(() => draftFilesOf(draftId))
  const current = useRef(files)
  const reading = useRef(Promise.resolve())
  const [beingRead, setBeingRead] = useState(0)
  const [isOver, setOver] = useState(false)
  const picker = useRef<HTMLInputElement>(null)
  const isReady = (text.trim() !== '' || files.length > 0) && !isRunning && beingRead === 0

  const write = (written: string) => {
    setText(written)
    keepDraft(draftId, written)
  }
  const attach = (attached: FileUIPart[]) => {
    current.current = attached
    setFiles(attached)
    keepDraftFiles(draftId, attached)
  }
  const send = () => {
    if (!isReady) return
    onSend(text, files)
    write('')
    attach([])
  }
  const add = (added: FileList | File[] | null | undefined) => {
    if (!added?.length) return
    const more = [...added]
    setBeingRead((count) => count + 1)
    reading.current = reading.current
      .then(async () => attach(await withFiles(current.current, more)))
      .finally(() => setBeingRead((count) => count - 1))
  }
  const paste = (event: ClipboardEvent) => {
    const { files: pasted } = event.clipboardData
    if (pasted.length === 0) return
    event.preventDefault()
    add(pasted)
  }
  const drop = (event: DragEvent) => {
    event.preventDefault()
    setOver(false)
    add(event.dataTransfer.files)
  }
  useEffect(() => {
    if (!isRunning) return undefined
    const escape = ({ key, defaultPrevented }: KeyboardEvent) => {
      if (key === 'Escape' && !defaultPrevented) onStop()
    }
    addEventListener('keydown', escape)
    return () => removeEventListener('keydown', escape)
  }, [isRunning, onStop])

  return (
    <form
      className={`composer${isOver ? ' is-over' : ''}`}
      onSubmit={(event) => {
        event.preventDefault()
        send()
      }}
      onDragOver={(event) => {
        event.preventDefault()
        setOver(true)
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      {children}
      <Files
        files={files}
        onRemove={(gone) => attach(files.filter((_, index) => index !== gone))}
      />
      <div className="field">
        <IconButton icon="attach" label={words.attach} onClick={() => picker.current?.click()} />
        <input
          ref={picker}
          type="file"
          multiple
          hidden
          onChange={({ currentTarget }) => {
            add(currentTarget.files)
            currentTarget.value = ''
          }}
        />
        <Grown
          text={text}
          label={isOver ? words.dropHere : words.write}
          hasFocus={matchMedia('(hover: hover)').matches}
          onText={write}
          onEnter={send}
          onPaste={paste}
        />
        {isRunning ? (
          <IconButton className="send" icon="stop" label={words.stop} onClick={onStop} />
        ) : (
          <IconButton
            className="send"
            icon="send"
            label={words.send}
            disabled={!isReady}
            onClick={send}
          />
        )}
      </div>
    </form>
  )
}

import { useState } from 'react'

import { words } from '../words/words.ts'
import { Grown } from './grown.tsx'

interface EditProps {
  text: string
  onPut: (text: string) => void
  onCancel: () => void
}

/** A message, said better. The one that it was stays beside it. */
export function Edit({ text, onPut, onCancel }: EditProps) {
  const [said, setSaid] = useState(text)
  const isNew = said.trim() !== '' && said !== text
  return (
    <form
      className="message user edit"
      onSubmit={(event) => {
        event.preventDefault()
        if (isNew) onPut(said)
      }}
    >
      <Grown
        text={said}
        label={words.editHint}
        hasFocus
        onText={setSaid}
        onEnter={() => isNew && onPut(said)}
        onEscape={onCancel}
      />
      <footer>
        <button type="button" className="plain" onClick={onCancel}>
          {words.cancel}
        </button>
        <button type="submit" className="strong" disabled={!isNew}>
          {words.send}
        </button>
      </footer>
    </form>
  )
}

import { useEffect, useState } from 'react'

import { words } from '../words/words.ts'
import { IconButton } from './button.tsx'

const SHOWN_MS = 1_500

export function Copy({ text }: { text: () => string }) {
  const [isDone, setDone] = useState(false)
  useEffect(() => {
    if (!isDone) return undefined
    const timer = setTimeout(() => setDone(false), SHOWN_MS)
    return () => clearTimeout(timer)
  }, [isDone])
  return (
    <IconButton
      icon={isDone ? 'check' : 'copy'}
      label={isDone ? words.copied : words.copy}
      onClick={() => void navigator.clipboard.writeText(text()).then(() => setDone(true))}
    />
  )
}

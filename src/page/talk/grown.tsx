import { type ClipboardEvent, type KeyboardEvent, useLayoutEffect, useRef } from 'react'

interface GrownProps {
  text: string
  label: string
  hasFocus?: boolean
  onText: (text: string) => void
  onEnter: () => void
  onEscape?: () => void
  onPaste?: (event: ClipboardEvent) => void
}

/** A field for text that is as high as its text. Enter sends it, unless a word is still being composed. */
export function Grown({ text, label, hasFocus, onText, onEnter, onEscape, onPaste }: GrownProps) {
  const area = useRef<HTMLTextAreaElement>(null)
  useLayoutEffect(() => {
    const { current } = area
    if (!current) return
    current.style.height = 'auto'
    current.style.height = `${current.scrollHeight}px`
  }, [text])
  useLayoutEffect(() => {
    const { current } = area
    if (!hasFocus || !current) return
    current.focus()
    current.setSelectionRange(current.value.length, current.value.length)
  }, [hasFocus])
  const press = (event: KeyboardEvent) => {
    const isComposing =
      event.nativeEvent?.isComposing ?? (event as unknown as { isComposing: boolean }).isComposing
    if (event.key === 'Enter' && !event.shiftKey && !isComposing) {
      event.preventDefault()
      onEnter()
    }
    if (event.key === 'Escape' && onEscape) {
      event.preventDefault()
      onEscape()
    }
  }
  return (
    <textarea
      ref={area}
      rows={1}
      dir="auto"
      value={text}
      aria-label={label}
      placeholder={label}
      enterKeyHint="send"
      onInput={({ currentTarget }) => onText(currentTarget.value)}
      onKeyDown={press}
      onPaste={onPaste}
    />
  )
}

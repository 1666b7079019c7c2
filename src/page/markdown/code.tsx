import { type ComponentProps, useRef } from 'react'

import { Copy } from '../kit/copy.tsx'
import { words } from '../words/words.ts'

/** The language of a block of code, as its class says it. */
const languageIn = (block: unknown): string | undefined => {
  const { props } = (block ?? {}) as { props?: { className?: string } }
  return /language-([\w+#-]+)/.exec(props?.className ?? '')?.[1]
}

export function Code({ children }: ComponentProps<'pre'>) {
  const pre = useRef<HTMLPreElement>(null)
  const language = languageIn(children)
  return (
    <figure className="code" dir="ltr">
      <figcaption>
        <span>{language ?? words.code}</span>
        <Copy text={() => pre.current?.textContent ?? ''} />
      </figcaption>
      <pre ref={pre} tabIndex={0}>
        {children}
      </pre>
    </figure>
  )
}

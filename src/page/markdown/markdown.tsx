import { Component, type ReactNode, memo, useEffect, useState } from 'react'
import Markdown, { type Components } from 'react-markdown'
import remarkGfm from 'remark-gfm'

import { words } from '../words/words.ts'
import { Code } from './code.tsx'
import { withOneKindOfDollars } from './dollars.ts'
import type { Extras } from './extras.ts'

/** Signs that a text may have code or mathematics in it: what shows those is loaded then, and not before. */
const CODE = /^ {0,3}(```|~~~)/m
const MATHEMATICS = /\$\$|\$[^\s$]|\\\(|\\\[/

const PLAIN: Extras = { remark: [], rehype: [] }

let loaded: Extras | null = null

/** What a text needs beyond plain Markdown, once it is there. */
function useExtras(text: string): Extras {
  const isNeeded = CODE.test(text) || MATHEMATICS.test(text)
  const [extras, setExtras] = useState(loaded)
  useEffect(() => {
    if (!isNeeded || extras) return
    void import('./extras.ts').then((module) => {
      loaded = module.extras
      setExtras(loaded)
    })
  }, [isNeeded, extras])
  return (isNeeded && extras) || PLAIN
}

const hostOf = (address: string): string => {
  try {
    return new URL(address, location.href).host
  } catch {
    return address
  }
}

const isOwn = (source: string): boolean =>
  /^(data:image\/(png|jpeg|gif|webp|avif);|blob:)/.test(source)

/** A picture elsewhere would tell its server who reads this: it is a link, for those who want it. */
function Picture({ src, alt }: { src: string; alt: string }) {
  if (isOwn(src)) return <img src={src} alt={alt} />
  if (src === '') return <span>{alt}</span>
  return (
    <a href={src} target="_blank" rel="noopener noreferrer nofollow">
      {alt || words.pictureElsewhere(hostOf(src))} ↗
    </a>
  )
}

const components: Components = {
  // The address of what is linked learns nothing of this page.
  a: ({ href, children }) =>
    href ? (
      <a href={href} target="_blank" rel="noopener noreferrer nofollow">
        {children}
      </a>
    ) : (
      <span>{children}</span>
    ),
  img: ({ src, alt }) => <Picture src={typeof src === 'string' ? src : ''} alt={alt ?? ''} />,
  pre: Code,
  table: ({ children }) => (
    <div className="table" tabIndex={0} role="group">
      <table>{children}</table>
    </div>
  ),
  input: ({ checked }) => (
    <input type="checkbox" checked={checked} disabled aria-label={words.task} />
  ),
}

const SCHEMES = /^(https?|mailto|tel):|^#/i

/** Links lead to the web, to mail, or nowhere. */
const safeUrl = (url: string, key: string): string =>
  SCHEMES.test(url) || (key === 'src' && isOwn(url)) ? url : ''

/** A text that cannot be shown as Markdown is shown as it is. */
class OrPlain extends Component<{ text: string; children: ReactNode }, { hasFailed: boolean }> {
  override state = { hasFailed: false }

  static getDerivedStateFromError = () => ({ hasFailed: true })

  override render() {
    const { text, children } = this.props
    return this.state.hasFailed ? <p className="typed">{text}</p> : children
  }
}

/** Text as Markdown. No HTML in it is ever HTML: it is shown as it was written. */
export const Prose = memo(function Prose({ text }: { text: string }) {
  const { remark, rehype } = useExtras(text)
  return (
    <div className="prose" dir="auto">
      <OrPlain text={text}>
        <Markdown
          remarkPlugins={[remarkGfm, ...remark]}
          rehypePlugins={rehype}
          components={components}
          urlTransform={safeUrl}
        >
          {MATHEMATICS.test(text) ? withOneKindOfDollars(text) : text}
        </Markdown>
      </OrPlain>
    </div>
  )
})

import { type DynamicToolUIPart, type UIMessage, isDataUIPart } from 'ai'

import { Prose } from '../markdown/markdown.tsx'
import { words } from '../words/words.ts'
import { File } from './file.tsx'

type UIPart = UIMessage['parts'][number]

const printed = (value: unknown): string =>
  typeof value === 'string' ? value : JSON.stringify(value, null, 2)

function Tool({ part }: { part: DynamicToolUIPart }) {
  return (
    <details className="fold">
      <summary>{words.tool(part.toolName)}</summary>
      <h4>{words.toolInput}</h4>
      <pre tabIndex={0}>{printed(part.input ?? {})}</pre>
      <h4>{words.toolOutput}</h4>
      {part.state === 'output-available' ? (
        <pre tabIndex={0}>{printed(part.output)}</pre>
      ) : (
        <p>{part.errorText ?? words.toolWaits}</p>
      )}
    </details>
  )
}

interface PartProps {
  part: UIPart
  isUser: boolean
  /** Whether the reply is at this part. */
  isWritten: boolean
}

function Part({ part, isUser, isWritten }: PartProps) {
  if (part.type === 'text') {
    if (!isUser) return <Prose text={part.text} />
    // What a person typed is shown as they typed it.
    return (
      <p className="typed" dir="auto">
        {part.text}
      </p>
    )
  }
  if (part.type === 'reasoning') {
    if (part.text === '') return null
    return (
      <details className="fold" open={isWritten}>
        <summary>{isWritten ? words.thinking : words.thoughts}</summary>
        <Prose text={part.text} />
      </details>
    )
  }
  if (part.type === 'file') return <File part={part} />
  if (part.type === 'dynamic-tool') return <Tool part={part} />
  if (part.type.startsWith('tool-')) {
    const toolName = part.type.slice('tool-'.length)
    return <Tool part={{ ...part, type: 'dynamic-tool', toolName } as DynamicToolUIPart} />
  }
  if (isDataUIPart(part)) {
    return (
      <details className="fold">
        <summary>{words.data(part.type.slice('data-'.length))}</summary>
        <pre tabIndex={0}>{printed(part.data)}</pre>
      </details>
    )
  }
  return null
}

const isWeb = (url: string): boolean => /^https?:/.test(url)

function Sources({ message }: { message: UIMessage }) {
  const sources = message.parts.flatMap((part) => (part.type === 'source-url' ? [part] : []))
  if (sources.length === 0) return null
  return (
    <details className="fold">
      <summary>{words.sources}</summary>
      <ol>
        {sources.map(({ sourceId, url, title }) => (
          <li key={sourceId}>
            {isWeb(url) ? (
              <a href={url} target="_blank" rel="noopener noreferrer nofollow">
                {title ?? url}
              </a>
            ) : (
              (title ?? url)
            )}
          </li>
        ))}
      </ol>
    </details>
  )
}

export function Parts({ message, isRunning }: { message: UIMessage; isRunning: boolean }) {
  const isUser = message.role === 'user'
  const last = message.parts.length - 1
  return (
    <>
      {message.parts.map((part, index) => (
        <Part key={index} part={part} isUser={isUser} isWritten={isRunning && index === last} />
      ))}
      <Sources message={message} />
    </>
  )
}

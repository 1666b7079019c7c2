import { Icon } from '../kit/icons.tsx'
import { addressOf } from '../state/place.ts'
import { useStore } from '../state/store.ts'
import { shortMoment, words } from '../words/words.ts'
import { type Hit, look, lookOn, search } from './search.ts'

export function SearchField() {
  const { q } = useStore(search)
  return (
    <search className="search">
      <Icon name="search" />
      <input
        type="search"
        dir="auto"
        aria-label={words.searchHint}
        placeholder={words.search}
        value={q}
        onInput={({ currentTarget }) => look(currentTarget.value)}
        onKeyDown={({ key }) => key === 'Escape' && look('')}
      />
    </search>
  )
}

/** What was found, with what was looked for marked in it. */
function Excerpt({ excerpt: { text, highlights } }: Pick<Hit, 'excerpt'>) {
  const pieces: (string | { found: string; at: number })[] = []
  let at = 0
  for (const { start, end } of highlights) {
    pieces.push(text.slice(at, start), { found: text.slice(start, end), at: start })
    at = end
  }
  pieces.push(text.slice(at))
  return (
    <p dir="auto">
      {pieces.map((piece) =>
        typeof piece === 'string' ? piece : <mark key={piece.at}>{piece.found}</mark>,
      )}
    </p>
  )
}

const keyOf = ({ conversation, message, found_in: where }: Hit): string =>
  `${conversation.id} ${message?.id ?? ''} ${where}`

/** How much was found, as far as it is known. */
function said({ hits, cursor, trouble }: typeof search.state): string {
  if (hits === null) return trouble === null ? words.loading : ''
  if (hits.length === 0 && cursor === null) return words.nothingFound
  return cursor === null ? words.results(hits.length) : words.moreResults(hits.length)
}

export function Finds({ onOpen }: { onOpen: () => void }) {
  const state = useStore(search)
  const { hits, cursor, indexed, trouble } = state
  const isPartial = indexed !== null && indexed.conversations < indexed.of
  return (
    <div className="rows">
      <p className="soft" role="status">
        {said(state)}
        {isPartial && ` ${words.searchedSoFar(indexed.conversations, indexed.of)}`}
      </p>
      {trouble !== null && <p role="alert">{trouble}</p>}
      <ul>
        {(hits ?? []).map((hit) => (
          <li key={keyOf(hit)}>
            <a
              className="found"
              href={addressOf(hit.conversation.id, hit.message?.id)}
              onClick={onOpen}
            >
              <span className="name" dir="auto">
                {hit.conversation.title ?? words.untitled}
              </span>
              {hit.message && (
                <time dateTime={hit.message.created_at}>{shortMoment(hit.message.created_at)}</time>
              )}
              <Excerpt excerpt={hit.excerpt} />
            </a>
          </li>
        ))}
      </ul>
      {cursor !== null && (
        <button type="button" className="plain" disabled={state.isAsking} onClick={lookOn}>
          {state.isAsking ? words.loading : words.more}
        </button>
      )}
    </div>
  )
}

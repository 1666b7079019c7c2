import type { Message, Part } from '../contract/message.ts'
import { stretchesOf } from './fences.ts'
import type { Format } from './format.ts'
import { style, styleHash } from './html-style.ts'
import { followable, isInlineImage } from './links.ts'
import { type Words, dateOf, wordsIn } from './words.ts'

// Nothing but its own style and the images that are in it: opening the page tells nobody.
const policy = `default-src 'none'; style-src '${styleHash}'; img-src data:; base-uri 'none'; form-action 'none'`

/** One page, complete in itself, to be opened, printed and kept. */
export const html: Format = {
  mediaType: 'text/html; charset=utf-8',
  extension: 'html',
  writer: ({ title, language, nextCursor }) => {
    let words = wordsIn('en')
    return {
      open: () =>
        `<!doctype html>
<html lang="${escaped(language ?? 'en')}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<title>${escaped(title ?? 'Hilo')}</title>
<style>${style}</style>
</head>
<body>
<main>
`,
      conversation: (conversation) => {
        words = wordsIn(conversation.language)
        const { created_at: created, updated_at: updated, archived_at: archived } = conversation
        const dates = [
          `${words.created} ${timeOf(created)}`,
          `${words.updated} ${timeOf(updated)}`,
          ...(archived === null ? [] : [`${words.archived} ${timeOf(archived)}`]),
        ]
        return `<article lang="${escaped(conversation.language)}">
<header>
<h1 dir="auto">${escaped(conversation.title ?? words.untitled)}</h1>
<p class="dates">${dates.join(' · ')}</p>
</header>
`
      },
      message: (message) => {
        const note = message.status === 'interrupted' ? ` · ${words.interrupted}` : ''
        return `<section class="${message.role}">
<h2>${words.roles[message.role]} <small>${timeOf(message.created_at)}${note}</small></h2>
${bodyOf(message, words).join('\n')}
</section>
`
      },
      closeConversation: () => '</article>\n',
      end: ({ conversations, messages }) => {
        const rest = nextCursor === null ? '' : ` next_cursor=${nextCursor}`
        return `</main>
</body>
</html>
<!-- hilo.export.end conversations=${conversations} messages=${messages}${rest} -->
`
      },
      cut: (reason) => `\n<!-- hilo.export.cut reason=${reason} -->\n`,
    }
  },
}

function bodyOf(message: Message, words: Words): string[] {
  const { content, parts, tool_calls: calls } = message
  if (message.role === 'tool') return [folded(words.toolResult, content)]
  const others = (parts ?? []).flatMap((part) => attached(part, words))
  const called = (calls ?? []).map(({ function: { name, arguments: given } }) =>
    folded(`${words.toolCall} ${name}`, given),
  )
  return [...textOf(content), ...others, ...called]
}

const textOf = (content: string): string[] =>
  stretchesOf(content).flatMap(({ fence, lines }) => {
    const text = lines.join('\n')
    if (fence) return [`<pre dir="ltr"><code>${escaped(text)}</code></pre>`]
    return text.trim() === '' ? [] : [`<p class="text" dir="auto">${escaped(text.trim())}</p>`]
  })

function attached(part: Part, words: Words): string[] {
  if (part.type === 'text') return []
  if (part.type === 'file') {
    return [`<p class="part">${words.file}: ${escaped(part.file.filename ?? '–')}</p>`]
  }
  const { url } = part.image_url
  if (isInlineImage(url)) return [`<p><img alt="${words.image}" src="${escaped(url)}"></p>`]
  const address = followable(url)
  const shown = escaped(address ?? url.slice(0, 100))
  const link =
    address === null ? shown : `<a href="${shown}" rel="noreferrer noopener">${shown}</a>`
  return [`<p class="part">${words.image}: ${link}</p>`]
}

const folded = (summary: string, text: string): string =>
  `<details><summary>${escaped(summary)}</summary><pre dir="ltr"><code>${escaped(text)}</code></pre></details>`

const timeOf = (iso: string): string => `<time datetime="${iso}">${dateOf(iso)}</time>`

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}
const escaped = (text: string): string =>
  text.replaceAll(/[&<>"']/g, (sign) => entities[sign] ?? '')

import { type Blocks, bodyOf } from './body.ts'
import type { Beginning, Writer } from './format.ts'
import { plain, rendered } from './html-markdown.ts'
import { style, styleHash } from './html-style.ts'
import { anchor, codeBlock, escaped } from './html-text.ts'
import { followable, isInlineImage, pictureIn } from './links.ts'
import { type Words, dateOf, wordsIn } from './words.ts'

// Nothing but its own style and the images that are in it: opening the page tells nobody.
const policy = `default-src 'none'; style-src '${styleHash}'; img-src data:; base-uri 'none'; form-action 'none'`

export function writer({ title, language, nextCursor }: Beginning): Writer {
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
    conversation: (conversation, leftOut) => {
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
<p class="dates">${[...dates, ...(leftOut > 0 ? [words.leftOut(leftOut)] : [])].join(' · ')}</p>
</header>
`
    },
    message: (message) => {
      const note = message.status === 'interrupted' ? ` · ${words.interrupted}` : ''
      return `<section class="${message.role}">
<h2>${words.roles[message.role]} <small>${message.model === null ? '' : `${escaped(message.model)} · `}${timeOf(message.created_at)}${note}</small></h2>
${bodyOf(message, words, blocks).join('\n')}
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
}

const blocks: Blocks = {
  // What a person typed is shown as it was typed: it is seldom meant as Markdown.
  said: ({ role, content }) => [role === 'user' ? plain(content) : rendered(content)],
  folded: (summary, pieces) => {
    const inside = pieces.map(({ name, text }) =>
      name === null ? codeBlock(text) : `<p class="part">${escaped(name)}:</p>${codeBlock(text)}`,
    )
    return `<details><summary>${escaped(summary)}</summary>${inside.join('')}</details>`
  },
  file: (file, words) => [
    `<p class="part">${words.file}: ${escaped(file.filename ?? '–')}</p>`,
    ...pictureIn(file).map((url) => picture(url, words)),
  ],
  source: ({ url, title }, words) => `<p class="part">${words.source}: ${linkTo(url, title)}</p>`,
  image: (url, words) =>
    isInlineImage(url) ? picture(url, words) : `<p class="part">${words.image}: ${linkTo(url)}</p>`,
}

const picture = (url: string, words: Words): string =>
  `<p><img alt="${words.image}" src="${escaped(url)}"></p>`

function linkTo(url: string, title?: string): string {
  const address = followable(url)
  const shown = escaped(title ?? address ?? url.slice(0, 100))
  return address === null ? shown : anchor(address, shown)
}

const timeOf = (iso: string): string => `<time datetime="${iso}">${dateOf(iso)}</time>`

import type { Format } from './format.ts'

/** One page, complete in itself, to be opened, printed and kept. */
export const html: Format = {
  mediaType: 'text/html; charset=utf-8',
  extension: 'html',
  isLine: true,
  writer: async (beginning) => {
    // The reader of Markdown makes its patterns when it is loaded, which no other request pays for.
    const { writer } = await import('./html-page.ts')
    return writer(beginning)
  },
}

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Text in which nothing is HTML, for between tags and for attributes. */
export const escaped = (text: string): string =>
  text.replaceAll(/[&<>"']/g, (sign) => entities[sign] ?? '')

/** @param address one that `followable` gave out */
export const anchor = (address: string, inner: string): string =>
  `<a href="${escaped(address)}" rel="noreferrer noopener">${inner}</a>`

export const codeBlock = (text: string): string =>
  `<pre dir="ltr"><code>${escaped(text)}</code></pre>`

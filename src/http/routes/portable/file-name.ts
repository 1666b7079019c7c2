/** Code points of a title that a file's name takes. */
const MOST = 80

/**
 * The value of `Content-Disposition` for a download (RFC 6266): the name in ASCII for old clients, and as it is. What
 * a file's name can't have on some system is left out, and so are the marks that turn the order of what is shown.
 */
export function attachment(title: string, extension: string): string {
  const clean = title
    .toWellFormed()
    .normalize('NFC')
    .replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}/\\:*?"<>|%]+/gu, ' ')
    .replaceAll(/\s+/g, ' ')
  const short = Array.from(clean)
    .slice(0, MOST)
    .join('')
    .replace(/^[\s.]+/, '')
    .replace(/[\s.]+$/, '')
  // Windows takes these for devices, whatever their extension.
  const isDevice = /^(con|prn|aux|nul|com\d|lpt\d)$/i.test(short)
  const name = `${short === '' || isDevice ? `hilo ${short}`.trim() : short}.${extension}`
  const ascii = name
    .normalize('NFD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/[^\w .-]/g, '_')
  const encoded = encodeURIComponent(name).replaceAll(
    /['()*!]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encoded}`
}

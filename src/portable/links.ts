/** An address that may be followed from an exported page; null for any other, such as `javascript:`. */
export function followable(url: string): string | null {
  const parsed = URL.parse(url)
  return parsed && /^https?:$/.test(parsed.protocol) ? parsed.href : null
}

/** An image that is in the message itself. SVG is not one of them: it can hold a script. */
export const isInlineImage = (url: string): boolean =>
  /^data:image\/(png|jpe?g|gif|webp|avif);base64,[\w+/=]+$/i.test(url)

/** Where a picture is: an address, or the file that it is. */
export const addressOf = ({
  url,
  file_id: id = '',
}: {
  url?: string | undefined
  file_id?: string | undefined
}): string => url ?? id

/** The picture that a file is, if it is in the message itself. */
export const pictureIn = ({ file_data: data = '' }: { file_data?: string | undefined }): string[] =>
  isInlineImage(data) ? [data] : []

import type { FileUIPart } from 'ai'
import { type MouseEvent, useState } from 'react'

import { granted, hilo } from '../api/hilo.ts'
import { Icon } from '../kit/icons.tsx'
import { words } from '../words/words.ts'

const RASTER = /^image\/(png|jpeg|gif|webp|avif)$/

/** The id of a file that Hilo keeps, and whether the address of it that a message was read with has ended. */
function addressed(url: string): { id: string; isOver: boolean } | null {
  const { origin, pathname, searchParams } = new URL(url, location.href)
  const [, id] = /^\/api\/files\/([^/]+)/.exec(pathname) ?? []
  if (origin !== location.origin || id === undefined) return null
  return { id, isOver: Number(searchParams.get('expires')) * 1_000 <= Date.now() }
}

/** Asks for another address. Where the caller may not have one, the old one stands. */
const renewed = async (id: string, url: string): Promise<string> => {
  const params = { path: { file_id: id } }
  const file = await granted(hilo.api.GET('/api/files/{file_id}', { params })).catch(() => null)
  return file?.url ?? url
}

/** Only pictures that are here are shown: others are links, as in prose. */
export function File({ part }: { part: FileUIPart }) {
  const { filename, mediaType } = part
  const [url, setUrl] = useState(part.url)
  const own = addressed(url)
  if (RASTER.test(mediaType) && (url.startsWith('data:image/') || own)) {
    const again = () => {
      if (own?.isOver) void renewed(own.id, url).then(setUrl)
    }
    return <img className="picture" src={url} alt={filename || words.picture} onError={again} />
  }
  const isWeb = /^https?:/.test(url)
  const open = (event: MouseEvent) => {
    if (!own?.isOver) return
    event.preventDefault()
    void renewed(own.id, url).then((address) => window.open(address, '_blank', 'noopener'))
  }
  return (
    <a
      className="file"
      {...(isWeb && { href: url, target: '_blank', rel: 'noopener noreferrer', onClick: open })}
      {...(url.startsWith('data:') && { href: url, download: filename || 'file' })}
    >
      <Icon name="file" />
      {filename || (isWeb ? new URL(url).host : words.picture)}
    </a>
  )
}

import { useState } from 'react'

import { HiloError } from '../../client/client.ts'
import { explain, headersFor, send } from '../api/hilo.ts'
import { Dialog } from '../kit/dialog.tsx'
import { tell } from '../state/notices.ts'
import type { Thread } from '../talk/thread.ts'
import { words } from '../words/words.ts'

const formats = Object.entries(words.formats)

/** The name that Hilo gives the file, as RFC 6266 has it. */
function nameIn(header: string | null): string {
  const [, encoded] = /filename\*=UTF-8''([^;]+)/i.exec(header ?? '') ?? []
  const [, plain] = /filename="([^"]+)"/.exec(header ?? '') ?? []
  return encoded ? decodeURIComponent(encoded) : (plain ?? 'hilo')
}

/** Saves the file, and those that go on from it if one call can't carry everything. */
async function save(path: string, actingFor: string | undefined): Promise<void> {
  for (let next: string | undefined = path; next !== undefined;) {
    const headers = headersFor(actingFor)
    const response: Response = await send(new Request(next, { headers }))
    if (!response.ok) throw await HiloError.of(response)
    const link = document.createElement('a')
    link.href = URL.createObjectURL(await response.blob())
    link.download = nameIn(response.headers.get('content-disposition'))
    link.click()
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
    next = /<([^>]+)>; rel="next"/.exec(response.headers.get('link') ?? '')?.[1]
  }
}

/** A conversation as a file, or all of them. */
export function ExportDialog({ thread, onClose }: { thread: Thread | null; onClose: () => void }) {
  const [format, setFormat] = useState('ndjson')
  const [isBusy, setBusy] = useState(false)
  const path = thread ? `/api/conversations/${thread.id}/export` : '/api/export'
  const act = async () => {
    setBusy(true)
    try {
      await save(`${path}?format=${format}`, thread?.actingFor)
      tell(words.exported)
    } catch (error) {
      tell(explain(error), true)
    }
    onClose()
  }
  return (
    <Dialog title={thread ? words.exportOne : words.exportAll} onClose={onClose}>
      <p>{words.exportDetail}</p>
      <fieldset className="choices">
        <legend className="unseen">{words.export}</legend>
        {formats.map(([name, label]) => (
          <label key={name}>
            <input
              type="radio"
              name="format"
              value={name}
              checked={format === name}
              onChange={() => setFormat(name)}
            />
            {label}
          </label>
        ))}
      </fieldset>
      <footer>
        <button type="button" className="plain" onClick={onClose}>
          {words.cancel}
        </button>
        <button type="button" className="strong" disabled={isBusy} onClick={() => void act()}>
          {isBusy ? words.loading : words.export}
        </button>
      </footer>
    </Dialog>
  )
}

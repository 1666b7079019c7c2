import { env } from 'cloudflare:workers'

import { type Client, type Message, sendWith } from './api.ts'
import type { PortableConversation } from './portable.ts'

export interface Footer {
  object: 'hilo.export.end'
  conversations: number
  messages: number
  sha256: string
  next_cursor: string | null
}

/** A file's text; `text` itself warns of media types that it does not know. */
export const textOf = async (response: Response): Promise<string> =>
  new TextDecoder().decode(await response.arrayBuffer())

/** What Hilo's own lines hold, the digest checked. */
export async function linesOf(response: Response) {
  const text = await textOf(response)
  const lines = text.trimEnd().split('\n')
  const values = lines.map((line) => JSON.parse(line) as { object: string })
  const end = values.at(-1) as unknown as Footer
  if (end.object !== 'hilo.export.end') throw new Error('cut')
  const body = text.slice(0, text.lastIndexOf('\n', text.length - 2) + 1)
  if (end.sha256 !== (await sha256Of(body))) throw new Error('another digest')
  return {
    text,
    header: values[0] as { object: string; version: number; exported_at: string },
    conversations: values.filter(
      ({ object }) => object === 'conversation',
    ) as PortableConversation[],
    messages: values.filter(({ object }) => object === 'message') as Message[],
    order: values.map(({ object }) => object),
    end,
  }
}

export async function sha256Of(text: string): Promise<string> {
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return new Uint8Array(hash).toHex()
}

type Object = ReturnType<Env['CONVERSATION']['getByName']>
type Page = Awaited<ReturnType<Object['exportPage']>>

/** Objects that count the pages asked of them. `instead` answers, or fails, in their place where it does either. */
export function countedPages(instead: (page: number, id: string) => unknown = () => {}) {
  const asked: { id: string; after: number; upTo: number | null }[] = []
  const objects = new Proxy(env.CONVERSATION, {
    get(target, key) {
      if (key !== 'getByName') return Reflect.get(target, key) as unknown
      return (id: string) => ({
        exportExtra: (...asking: [never, number, number]) =>
          target.getByName(id).exportExtra(...asking),
        exportPage: async (call: never, after: number, upTo: number | null) => {
          asked.push({ id, after, upTo })
          const answer = await instead(asked.length, id)
          return (answer as Page) ?? (await target.getByName(id).exportPage(call, after, upTo))
        },
      })
    },
  })
  return { asked, CONVERSATION: objects }
}

/** What an object says that is somebody else's, or nobody's. */
export const gone = () => ({ ok: false, why: 'no-such-conversation' })

export const exportedTo = (client: Client, changed: Partial<Env>, path: string) =>
  sendWith(changed, path, { headers: client.headers })

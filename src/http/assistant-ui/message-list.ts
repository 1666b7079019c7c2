import type { Context } from 'hono'
import * as z from 'zod'

import { type ThreadMessage, type ThreadPage, threadExtraOf } from '../../contract/thread.ts'
import type { HonoEnv } from '../caller/caller.ts'
import { withUrls } from '../files/shown.ts'
import { ask } from '../frame/ask.ts'
import { granted } from '../frame/problem.ts'
import { contentOf } from './content-out.ts'

const CloudMessage = z
  .object({
    id: z.string(),
    parent_id: z.string().nullable(),
    height: z.int().meta({ description: 'More than that of the message that it follows' }),
    created_at: z.iso.datetime(),
    updated_at: z.iso.datetime(),
    format: z.string(),
    content: z.record(z.string(), z.unknown()),
    external_id: z.string().nullable(),
    run: z
      .object({ status: z.enum(['running', 'ended']), last_heartbeat_ms_ago: z.int() })
      .optional(),
  })
  .meta({ id: 'AssistantUiMessage' })

export const ThreadMessages = z
  .object({ messages: z.array(CloudMessage) })
  .meta({ id: 'AssistantUiMessages' })

function toCloud(
  thread: ThreadMessage,
  bare: ThreadMessage['message'],
  asked: string | undefined,
): z.infer<typeof CloudMessage> {
  const { message, quietMs, updatedAt } = thread
  const own = threadExtraOf(message)
  return {
    id: message.id,
    parent_id: message.parent_id,
    height: message.seq - 1,
    created_at: message.created_at,
    updated_at: new Date(updatedAt).toISOString(),
    ...contentOf(thread, bare, asked),
    external_id: own?.external_id ?? (own?.format === undefined ? null : message.id),
    ...(quietMs !== null && {
      run: {
        status: own?.run === 'ended' ? ('ended' as const) : ('running' as const),
        last_heartbeat_ms_ago: Math.round(quietMs),
      },
    }),
  }
}

interface Query {
  format?: string | undefined
  limit: number
  after: string | null
}

/**
 * A page of a thread. Its client takes a page that is shorter than its limit for the last: so it is as long as it is asked
 * for, however long the messages are, and sent while the rest of it is read.
 */
export async function messagesOf(c: Context<HonoEnv>, id: string, query: Query) {
  const { format, limit, after } = query
  const read = async (below: number | null, wanted: number): Promise<ThreadPage> =>
    granted(
      await ask(c, id, (object, call) =>
        object.threadPage(call, { after: below === null ? after : null, below, limit: wanted }),
      ),
    )
  const first = await read(null, limit)
  const shown = async ({ messages, ...page }: ThreadPage) => {
    const owner = page.owner ?? c.get('caller').owner
    const bare = messages.map(({ message }) => message)
    const addressed = owner === null ? bare : await withUrls(c, owner, bare)
    return messages.map((one, at) =>
      toCloud({ ...one, message: addressed[at]! }, one.message, format),
    )
  }
  if (first.next === null || first.messages.length >= limit) {
    return c.json({ messages: await shown(first) }, 200)
  }
  async function* text(): AsyncGenerator<string> {
    let page = first
    let left = limit
    yield '{"messages":['
    for (;;) {
      const listed = (await shown(page)).map((one) => JSON.stringify(one))
      if (listed.length > 0) yield `${left === limit ? '' : ','}${listed.join(',')}`
      left -= listed.length
      if (page.next === null || left <= 0) break
      page = await read(page.next, left)
    }
    yield ']}'
  }
  return c.body(bytesOf(text()), 200, { 'content-type': 'application/json' }) as never
}

function bytesOf(text: AsyncGenerator<string>): ReadableStream {
  const encoder = new TextEncoder()
  return new ReadableStream({
    pull: async (stream) => {
      const { done, value } = await text.next()
      if (done) stream.close()
      else stream.enqueue(encoder.encode(value))
    },
  })
}

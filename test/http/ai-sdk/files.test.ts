import { expect, test } from 'vitest'

import { chatOf, messagesOf, storedIn, versions } from '../../support/ai-sdk.ts'
import { as } from '../../support/api.ts'
import { fetched, keysOf, picture } from '../../support/files.ts'
import { network } from '../../support/network.ts'
import { promptOf, says } from '../../support/questions.ts'
import { historyOf } from '../../support/turns.ts'

test.each(versions)(
  'ai %i: a picture in a message becomes a file, and the chat goes on as one line',
  async (version) => {
    const owner = crypto.randomUUID()
    const client = await as.user(owner)
    const id = crypto.randomUUID()
    const bytes = picture('x'.repeat(20_000))
    const url = `data:image/png;base64,${bytes.toBase64()}`
    const pdf = `data:application/pdf;base64,${new TextEncoder().encode(`%PDF-1.7 ${'y'.repeat(20_000)}`).toBase64()}`
    const keys = [crypto.randomUUID(), crypto.randomUUID()] as const
    for (const key of keys) await network.script(key, says('Nice.'))
    const chat = chatOf(version, client, { id })
    const parts = [
      { type: 'file', mediaType: 'image/png', url },
      { type: 'file', mediaType: 'application/pdf', filename: 'a.pdf', url: pdf },
      { type: 'text', text: `Look #${keys[0]}` },
    ]
    await chat.sendMessage({ parts } as never)
    // The client sends its whole copy again, with the bytes.
    await chat.sendMessage({ text: `And now? #${keys[1]}` })
    expect(chat.error).toBeUndefined()
    const history = await historyOf(client, id)
    expect(history.map(({ role }) => role)).toEqual(['user', 'assistant', 'user', 'assistant'])
    expect(history[0]!.parts!.slice(0, 2)).toMatchObject([
      { image_url: { file_id: expect.any(String) } },
      { file: { file_id: expect.any(String), filename: 'a.pdf' } },
    ])
    expect(JSON.stringify(history)).not.toContain('base64')
    expect(await keysOf({ kind: 'user', id: owner })).toHaveLength(2)
    for (const key of keys) {
      expect(JSON.stringify(promptOf((await network.seen(key))[0]))).toContain(url)
    }
    // A page that begins anew gets addresses, and goes on with those.
    const stored = await storedIn(client, id)
    const shown = stored[0]!.parts[0] as unknown as { url: string; mediaType: string }
    expect(shown).toMatchObject({ type: 'file', mediaType: 'image/png' })
    expect(new Uint8Array(await (await fetched(shown.url)).arrayBuffer())).toEqual(bytes)
    const third = crypto.randomUUID()
    await network.script(third, says('Still.'))
    const later = chatOf(version, client, { id, messages: stored })
    await later.sendMessage({ text: `Well? #${third}` })
    expect(later.error).toBeUndefined()
    expect(await historyOf(client, id)).toHaveLength(6)
    expect(messagesOf(later)).toHaveLength(6)
  },
)

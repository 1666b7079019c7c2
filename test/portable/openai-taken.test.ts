import { expect, test } from 'vitest'

import { lineOf } from '../support/openai-lines.ts'
import { answers, callOf, calls, says } from '../support/portable.ts'

test('calls have only what the API takes, and names of its signs', async () => {
  const long = `${'x'.repeat(60)}-1`
  const [, asked, came] = await lineOf(
    { content: 'Q' },
    { ...calls(), tool_calls: [{ ...callOf(long, 'browser.öpen up'), extra: { sign: 'x' } }] },
    answers(long, 'A'),
    says('Done'),
  )
  const id = long.slice(-40)
  expect(asked?.tool_calls).toEqual([callOf(id, 'browser__pen_up')])
  expect(came).toEqual({ role: 'tool', tool_call_id: id, content: 'A' })
})

test('pictures and files that only Hilo has are named', async () => {
  const id = `file_${crypto.randomUUID().replaceAll('-', '')}`
  const parts = [
    { type: 'text' as const, text: 'See' },
    { type: 'image_url' as const, image_url: { file_id: id } },
    {
      type: 'image_url' as const,
      image_url: { url: 'https://x.test/i.png', detail: 'low' as const },
    },
    { type: 'file' as const, file: { file_id: id, filename: 'a.pdf' } },
    { type: 'file' as const, file: { file_id: id } },
  ]
  const [asked] = await lineOf({ content: 'See', parts }, says('Yes'))
  expect(asked?.content).toEqual([
    { type: 'text', text: 'See' },
    { type: 'text', text: '[image]' },
    parts[2],
    { type: 'text', text: '[a.pdf]' },
  ])
})

test('a file of which only the name is known is its name, and one of which nothing is known is nothing', async () => {
  const whole = { filename: 'b.pdf', file_data: 'data:x' }
  const files = [{ filename: 'a.pdf' }, {}, whole, { file_id: 'f' }]
  const parts = files.map((file) => ({ type: 'file' as const, file }))
  const said = { role: 'assistant' as const, content: 'Yes' }
  const [first] = await lineOf({ role: 'user', content: '', parts }, said)
  expect(first?.content).toEqual([
    { type: 'text', text: '[a.pdf]' },
    { type: 'file', file: whole },
    { type: 'file', file: { file_id: 'f' } },
  ])
})

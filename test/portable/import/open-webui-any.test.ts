import fc from 'fast-check'
import { expect, test } from 'vitest'

import { readOpenWebUi } from '../../../src/portable/import/programs/open-webui.ts'
import { answered, fold, folds, items } from '../samples/open-webui.ts'

/** Texts in which marks and signs stand that an answer writes in its own way. */
const of = (...more: string[]) =>
  fc
    .array(
      fc.constantFrom('a', 'b ', ' ', '>', '\n', '"', "'", '&', '&quot;', '&lt;', '\\', ...more),
      {
        maxLength: 8,
      },
    )
    .map((signs) => `x${signs.join('')}x`)
const hard = of('<details>', '</details>', '<details type="reasoning">', '<summary>', '\n\n')

const piece = fc.oneof(
  of('<', '<details>').map((text) => ({ item: items.said(text), written: text })),
  hard.map((text) => ({
    item: { type: 'reasoning', content: [{ type: 'output_text', text }] },
    written: folds.thought(text),
  })),
  fc.tuple(hard, hard, fc.boolean(), fc.uuid()).map(([given, came, isInBody, id]) => ({
    item: [items.call(id, 'find', { given }), items.result(id, came)],
    written: folds.call(id, 'find', { given }, came, isInBody),
  })),
  fc.tuple(hard, hard).map(([code, stdout]) => ({
    item: { type: 'open_webui:code_interpreter', code, lang: 'py', output: { stdout } },
    written: fold(
      'code_interpreter',
      { output: JSON.stringify({ stdout }) },
      `\`\`\`py\n${code}\n\`\`\``,
    ),
  })),
)

/** What an answer is read as, but for white space around its pieces and ids that are made for it. */
const readAs = (more: object) =>
  readOpenWebUi(answered(more)).messages.map(({ role, content, toolCalls, thoughts = [] }) => ({
    role,
    content: content.replaceAll(/\s/g, ''),
    calls: (toolCalls ?? []) as { function: object }[],
    thoughts: thoughts.map(({ text }) => text),
  }))

test('an answer is the same by its list and by its text, and nothing of its marks is left', () => {
  fc.assert(
    fc.property(fc.array(piece, { minLength: 1, maxLength: 5 }), (pieces) => {
      const content = pieces.map(({ written }) => written).join('\n')
      const output = pieces.flatMap(({ item }): object[] => (Array.isArray(item) ? item : [item]))
      const listed = readAs({ output, content: '' })
      const written = readAs({ content })
      const comparable = ({ calls, ...one }: (typeof listed)[number]) => ({
        ...one,
        calls: calls.map((call) => call.function),
      })
      expect(written.map(comparable)).toEqual(listed.map(comparable))
      const both = readAs({ output, content })
      expect(both.map(comparable)).toEqual(listed.map(comparable))
      const said = written.flatMap(({ role, content: one }) => (role === 'assistant' ? [one] : []))
      expect(said.join('\n')).not.toMatch(/<detailstype=|<summary>/)
    }),
    { numRuns: 300 },
  )
})

import { expect, test } from 'vitest'

import { unitsOf } from '../../../src/conversation/context/units.ts'
import type { MessageRow } from '../../../src/storage/tables.ts'

const phrases = { file: '[file]', image: '[image]', unanswered: '' }

/** What a model is sent of a person's file. */
const sent = (file: object, origin = 'client') => {
  const row = {
    role: 'user',
    origin,
    content: '',
    parts: [{ type: 'file', file }],
    toolCalls: null,
  }
  return unitsOf([row as unknown as MessageRow], phrases)[0]?.messages[0]?.content
}

test('a file that is only named goes to a model by its name, since providers refuse it', () => {
  const name = '[file] a.pdf'
  expect(sent({ filename: 'a.pdf' }, 'import')).toEqual(name)
  expect(sent({ filename: 'a.pdf', file_id: 'f' }, 'import')).toEqual(name)
  expect(sent({ filename: 'a.pdf' }, 'service')).toEqual(name)
  expect(sent({ file_id: 'f' }, 'service')).toEqual([{ type: 'file', file: { file_id: 'f' } }])
  const whole = { filename: 'a.pdf', file_data: 'data:x' }
  expect(sent(whole)).toEqual([{ type: 'file', file: whole }])
  expect(sent({ ...whole, file_id: 'f' })).toEqual([{ type: 'file', file: whole }])
})

import { expect, test } from 'vitest'

import { type ContinueAnswer, as, at, bodyOf } from '../../../support/api.ts'
import { network } from '../../../support/network.ts'
import { says } from '../../../support/questions.ts'
import { answered, turnOf } from '../../../support/turns.ts'

test('a request finds its own reply, though others were asked for since', async () => {
  await network.script('own-reply', ...['First', 'Second'].map(says))
  const ann = await as.user()
  const id = crypto.randomUUID()
  const begin = () =>
    bodyOf<ContinueAnswer>(
      ann.post('/api/conversations', { id, ...turnOf('own-reply'), continue: { reply_id: 'a1' } }),
    )
  expect((await begin()).message).toMatchObject({ id: 'a1', content: 'First' })
  await answered(ann, id, { parent_id: 'q', reply_id: 'a2' })
  expect((await begin()).message).toMatchObject({ id: 'a1', content: 'First' })
  expect((await answered(ann, id, turnOf('own-reply'))).message.id).toBe('a1')
  await ann.patch(at(id), { head_id: 'a2' })
  expect((await answered(ann, id, turnOf('own-reply'))).message.id).toBe('a1')
})

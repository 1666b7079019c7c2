import { expect, test } from 'vitest'

import * as claude from '../../../portable/samples/claude.ts'
import { aUser } from '../../../support/files.ts'
import { importing } from '../../../support/importing.ts'
import { zipOf } from '../../../support/zips.ts'

test('what a program tells of the account beside its conversations is no file that a message might name', async () => {
  const { client } = await aUser()
  const asked = claude.message('q', [claude.says('Look')])
  const zip = await zipOf({
    'mine/conversations.json': JSON.stringify([claude.conversation([asked])]),
    'mine/users.json': '[]',
    'mine/projects.json': '[]',
    'mine/user.json': '{}',
    'mine/message_feedback.json': '[]',
    'mine/shared_conversations.json': '[]',
    'mine/chat.html': '<p>Look</p>',
    // By such names somebody may have sent files too.
    'mine/files/users.json': '[]',
    'mine/other.json': '{}',
  })
  const { warnings } = await importing(client, zip)
  expect(warnings).toEqual([
    'No message names these files of the archive, and they are left out: mine/files/users.json, mine/other.json.',
  ])
})

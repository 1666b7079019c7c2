import { expect, test } from 'vitest'

import * as claude from '../../../portable/samples/claude.ts'
import { sendWith } from '../../../support/api.ts'
import { aUser, failing, keysOf, later, picture } from '../../../support/files.ts'
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

const asking = (uuid: string, ...names: string[]) =>
  claude.conversation(
    [
      claude.message('q', [claude.says('Look')], {
        files: names.map((file_name) => ({ file_name })),
      }),
    ],
    { uuid },
  )

const numbered = (count: number) => Array.from({ length: count }, (_, n) => `f${n + 1}.png`)

test('of many files that no message names twenty are told by name, and how many more there are', async () => {
  const { client } = await aUser()
  const files = Object.fromEntries(numbered(23).map((name) => [name, picture(name)]))
  const zip = await zipOf({
    'conversations.json': JSON.stringify([asking('c', 'cat.png')]),
    'cat.png': picture(),
    ...files,
  })
  const told = `left out: ${numbered(20).join(', ')}, and 3 more.`
  for (const outcome of ['imported', 'unchanged']) {
    const { warnings, conversations } = await importing(client, zip)
    expect(conversations).toMatchObject([{ outcome }])
    expect(warnings).toEqual([expect.stringMatching(new RegExp(`${told}$`))])
  }
})

test('files that are not in an archive are told for each conversation, twenty of it at most', async () => {
  const { client } = await aUser()
  const { warnings } = await importing(
    client,
    await zipOf({
      'conversations.json': JSON.stringify([asking('c', ...numbered(22)), asking('d', 'f1.png')]),
    }),
  )
  const missing = (place: number, name: string) =>
    `Conversation ${place}: ${name} is not in the archive; its name is kept.`
  expect(warnings).toEqual([...numbered(20).map((name) => missing(0, name)), missing(1, 'f1.png')])
})

test('an archive that the bucket does not let go of at once goes later', async () => {
  const { client, owner } = await aUser()
  const zip = await zipOf({ 'conversations.json': JSON.stringify([asking('c')]) })
  const answer = await sendWith({ FILES: failing('before', 'delete') }, '/api/import', {
    method: 'POST',
    body: zip as BodyInit,
    headers: { ...client.headers, 'content-type': 'application/zip' },
  })
  expect(answer.status).toBe(200)
  await later(owner, 0)
  expect(await keysOf(owner)).toEqual([])
})

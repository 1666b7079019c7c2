import { statSync } from 'node:fs'
import { parseArgs } from 'node:util'

import type { ImportAnswer } from '../contract/import.ts'
import { Bar } from './import-bar.ts'
import { send } from './import-send.ts'
import { fail, needVars, userToken } from './user-token.ts'

const USAGE = `Usage: npm run import -- FILE [--url URL] [--token TOKEN | --user USER]

       brings the conversations of an export into Hilo: its file, as src/portable/README.md says
       --url    where Hilo answers; http://localhost:8787 unless it is given
       --token  the bearer token of the user whose conversations they become
       --user   a local user, who gets a token as of \`npm run token\`; "me" unless one is given`

interface Asked {
  file: string
  url: string
  token: string | undefined
  user: string
}

/** What is asked for; null if that can't be told. */
function asked(): Asked | null {
  try {
    const { values, positionals } = parseArgs({
      options: { url: { type: 'string' }, token: { type: 'string' }, user: { type: 'string' } },
      allowPositionals: true,
    })
    const [file, ...more] = positionals
    const { token, user, url = 'http://localhost:8787' } = values
    const isClear = file && more.length === 0 && URL.canParse(url) && !(token && user)
    return isClear ? { file, url, token, user: user ?? 'me' } : null
  } catch {
    return null
  }
}

const line = (error: ImportAnswer['errors'][number]): string => {
  const { index, line: number, offset, source_id: id, detail } = error
  const place = number === null ? `byte ${offset}` : `line ${number}`
  return `  ${index} (${place}${id === null ? '' : `, ${id}`}): ${detail}`
}

const wanted = asked()
if (wanted === null) fail(USAGE)
const isFile = statSync(wanted.file, { throwIfNoEntry: false })?.isFile() === true
if (!isFile) fail(`There is no file ${wanted.file}.`)
if (wanted.token === undefined) needVars()
const token = wanted.token ?? (await userToken(wanted.user))

const bar = new Bar(process.stdout)
const counts = { imported: 0, unchanged: 0, failed: 0 }
const errors: ImportAnswer['errors'] = []
let isWhole = true
for (let from: number | null = 0; from !== null;) {
  const before = { ...counts }
  const answer: ImportAnswer | string = await send(wanted, token, from, (progress) =>
    bar.show(progress, before),
  )
  bar.end()
  if (typeof answer === 'string') fail(answer)
  counts.imported += answer.imported
  counts.unchanged += answer.unchanged
  counts.failed += answer.failed
  errors.push(...answer.errors)
  from = answer.next_from
  isWhole = answer.complete || from !== null
  for (const warning of from === null ? answer.warnings : []) console.log(warning)
}

console.log(`${counts.imported} imported, ${counts.unchanged} unchanged, ${counts.failed} failed.`)
if (errors.length > 0) {
  console.error('Failed, by their places among the conversations of the file, from 0:')
  for (const error of errors) console.error(line(error))
  const unlisted = counts.failed - errors.length
  if (unlisted > 0) console.error(`  and ${unlisted} more`)
}
if (!isWhole) console.error('The file is not whole. What is whole in it went in.')
process.exitCode = counts.failed > 0 || !isWhole ? 1 : 0

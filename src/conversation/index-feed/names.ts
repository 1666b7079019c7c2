import type { Part } from '../../contract/part.ts'
import { filesIn } from '../../files/addressed.ts'
import { filesOf } from '../../objects.ts'
import type { Names } from '../../search/texts.ts'
import { ownerOf } from '../../storage/usage.ts'
import type { Core } from '../duties/core.ts'

/** The names that files were uploaded with. The log has their ids alone; whoever counts the owner's files has the names. */
export async function namesIn(
  { log, settings }: Pick<Core, 'log' | 'settings'>,
  messages: { parts: Part[] | null }[],
): Promise<Names> {
  const ids = filesIn(messages)
  const head = log.head()
  if (ids.length === 0 || head === null) return new Map()
  const files = await filesOf(settings(), ownerOf(head)).described(ids)
  return new Map(files.flatMap(({ id, name }) => (name === null ? [] : [[id, name] as const])))
}

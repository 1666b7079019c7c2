import { as, bodyOf } from '../support/api.ts'
import type { Reconciliation } from '../support/reconciling.ts'
import { evict, inStorage, storedIn } from '../support/record.ts'
import type { Model } from './expected.ts'
import { quiet } from './quiet.ts'
import { someMessages } from './scene.ts'
import { indexes } from './searching.ts'
import { isBroken } from './storage.ts'
import { d1 } from './weather.ts'
import type { World } from './world.ts'

const operator = as.service('operator')

/**
 * An object is restored to an earlier moment, perhaps goes on from there, and the operator reconciles it. Only if
 * nothing is under way: what the record did not have yet would be lost in truth.
 */
export async function restoreObject(model: Model, world: World, number: number): Promise<void> {
  const about = model.conversations[number % Math.max(model.conversations.length, 1)]
  if (!about || !world.isIdle || d1.weather !== 'fair' || isBroken()) return
  if (indexes.weather !== 'fair') return
  if (about.erased !== 'no' || about.created !== 'yes') return
  const { id } = about
  await quiet(id)
  // What a restore of D1 has taken from the record comes back first: both at once would lose it in truth.
  await operator.post('/api/admin/reconcile', {
    conversation_ids: [id],
    dry_run: false,
    prefer: 'log',
  })
  if (!(await storedIn(id)).tables.includes('conversation')) return
  world.isTroubled = true
  world.isRestored = true
  d1.count('object restored to an earlier moment')
  const [row] = await inStorage(id, 'SELECT last_seq, version FROM conversation')
  const kept = number % (Number(row?.['last_seq']) + 1)
  await inStorage(id, 'DELETE FROM messages WHERE seq > ?', kept)
  await inStorage(
    id,
    `UPDATE conversation SET last_seq = ?1, flushed_seq = ?1, version = 1, flushed_version = 1,
     summary = NULL, summary_seq = 0, given_up_seq = 0, pending_since = NULL, open_calls = '[]',
     head_seq = NULL, head_id = (SELECT id FROM messages WHERE seq = ?1)`,
    kept,
  )
  await inStorage(id, 'DELETE FROM summaries')
  // Restored to a moment at which its index knew that there was more.
  await inStorage(id, 'UPDATE indexes SET is_told = 1')
  await evict(id)
  if (number % 3 === 0) {
    const messages = someMessages(about, 1)
    const client = world.ownerOf(model, about)
    const answer = await client.post(`/api/conversations/${id}/messages`, { messages })
    if (answer.ok) {
      d1.count('(it went on before it was reconciled)')
      about.isMoved = true
      for (const { id: name, content } of messages) {
        about.acknowledge([{ id: name, content, role: 'user', seq: 0 }])
      }
    }
  }
  const prefer = number % 2 === 0 ? 'log' : 'record'
  // A statement that is to fail may fail here: then the operator does it again.
  const isReconciled = (await reconciled(id, prefer)) || (await reconciled(id, prefer))
  if (!isReconciled) throw new Error('it could not be reconciled')
  await quiet(id)
}

async function reconciled(id: string, prefer: 'log' | 'record'): Promise<boolean> {
  const body = { conversation_ids: [id], dry_run: false, prefer }
  const found = await bodyOf<Reconciliation>(operator.post('/api/admin/reconcile', body))
  return found.failed.length === 0
}

import { getTableColumns } from 'drizzle-orm'
import { sqliteTable, text } from 'drizzle-orm/sqlite-core'
import * as z from 'zod'

import { Message, NewMessage, unsaid } from '../../src/contract/message.ts'
import { steps } from '../../src/conversation/log/schema.ts'
import { messages } from '../../src/storage/tables.ts'

/**
 * Adds a field to messages, in the places where one is added by hand. To be imported before anything that is made
 * from these.
 */
export const MOOD = 'glad'

Object.assign(Message.def.shape, { mood: z.string().nullable() })
Object.assign(NewMessage.def.shape, { mood: z.string().nullish() })
Object.assign(unsaid, { mood: null })
const { mood } = getTableColumns(sqliteTable('messages', { mood: text() }))
Object.assign(getTableColumns(messages), { mood })
;(steps as string[]).push('ALTER TABLE messages ADD COLUMN mood TEXT')

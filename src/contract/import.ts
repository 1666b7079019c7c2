import * as z from 'zod'

import type { Draft } from './message.ts'

/** Whose export a file is. */
export const ImportSource = z.enum([
  'hilo',
  'chatgpt',
  'claude',
  'open-webui',
  'librechat',
  'deepseek',
  'grok',
  'gemini',
  'le-chat',
  'lobechat',
  'typingmind',
  'sharegpt',
  'generic',
])
export type ImportSource = z.infer<typeof ImportSource>

export interface ImportedMessage extends Draft {
  /** Milliseconds since the epoch; they need not ascend. */
  createdAt: number
  /**
   * The place, from 1, of the message of the same conversation that it follows, which comes before it; 0 if it begins
   * the conversation. Left out if it follows the one before it.
   */
  follows?: number
}

/** One conversation as its file has it, normalised. Times are milliseconds since the epoch, none in the future. */
export interface ImportedConversation {
  source: ImportSource
  /** Its id in the file that it comes from. */
  sourceId: string
  title: string | null
  topic: string | null
  /** Null if the file names none. */
  language: string | null
  metadata: Record<string, string>
  isResolved: boolean
  /** Null if it is not archived. */
  archivedAt: number | null
  /** Whether the file says nothing of that. */
  isArchivalUntold?: boolean
  createdAt: number
  updatedAt: number
  messages: ImportedMessage[]
  /** The place, from 1, of the message that the conversation is at. Left out if that is the last. */
  head?: number
  /** JSON: what has no field. */
  extra: string | null
}

/** What a newer file may change of a conversation beside its messages: its fields, where it is, and what has no field. */
export const ChangedField = z.enum([
  'title',
  'topic',
  'is_resolved',
  'metadata',
  'is_active',
  'head_id',
  'extra',
])
export type ChangedField = z.infer<typeof ChangedField>

/** What became of a conversation, as its object says it. Those of an older version leave out all but the first. */
export interface Imported {
  outcome: 'imported' | 'unchanged'
  /** Whether it stood before. */
  stood?: boolean
  added?: number
  completed?: number
  changed?: ChangedField[]
}

/** The longest lists of an answer; its counts are exact. */
export const IMPORT_ERRORS = 100
export const IMPORT_LISTED = 1_000

const index = z.int().min(0).meta({ description: 'Its place among the conversations of the file' })

export const ImportAnswer = z
  .object({
    object: z.literal('import'),
    source: ImportSource,
    complete: z.boolean().meta({
      description: 'false if the file is cut short or is not what its own end says',
    }),
    warnings: z.array(z.string()).meta({ description: 'What is odd about the file as a whole' }),
    imported: z.int().meta({ description: 'Are new, or got something new' }),
    unchanged: z.int().meta({ description: 'Stood already as the file has them' }),
    failed: z.int(),
    errors: z
      .array(
        z.object({
          index,
          line: z
            .int()
            .nullable()
            .meta({ description: 'From 1; null if the file is not made of lines' }),
          offset: z.int().meta({ description: 'The byte at which it begins' }),
          source_id: z.string().nullable(),
          detail: z.string(),
        }),
      )
      .meta({ description: `${IMPORT_ERRORS} of those that failed` }),
    conversations: z
      .array(
        z.object({
          index,
          source_id: z.string(),
          id: z.uuid(),
          outcome: z.enum(['imported', 'updated', 'unchanged']).meta({
            description: '`updated` if it stood already, and the file had something new for it',
          }),
          added: z.int().meta({ description: 'Messages that came in' }),
          completed: z.int().meta({
            description:
              'Messages that an earlier file had cut, or without their pictures and files',
          }),
          changed: z.array(ChangedField).meta({
            description:
              'Fields that are as in the file now: `head_id` if no message came with that, `extra` if it holds more now',
          }),
        }),
      )
      .meta({ description: `Those of the first ${IMPORT_LISTED} of the file that stand now` }),
    next_from: z.int().nullable().meta({
      description: 'Where to go on with `?from=` after the bound of the platform on one call',
    }),
  })
  .meta({ id: 'ImportAnswer' })
export type ImportAnswer = z.infer<typeof ImportAnswer>

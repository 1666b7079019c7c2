import * as z from 'zod'

import { FileId, isFileId } from './file.ts'
import { type JsonObject, type JsonValue, Json, asItCame, isObject } from './json.ts'
import { Text } from './text.ts'

const AnyJson = z.unknown() as z.ZodType<JsonValue>

/** An address that was made for reading is never kept: it would be of no use an hour later. */
function withoutUrl<T extends { file_id?: string | undefined; url?: string | undefined }>(
  named: T,
): T {
  if (!isFileId(named.file_id)) return named
  const { url: _, ...rest } = named
  return rest as T
}

/** The parts that Hilo knows: the first three in the form of the chat-completions API. */
export const KnownPart = z
  .discriminatedUnion('type', [
    z.strictObject({ type: z.literal('text'), text: Text.min(1) }),
    z.strictObject({
      type: z.literal('image_url'),
      image_url: z
        .strictObject({
          file_id: FileId.optional(),
          url: Text.min(1).optional().meta({
            description: 'Of a picture with a `file_id`, as it is read, an address for an hour',
          }),
          detail: z.enum(['auto', 'low', 'high']).optional(),
        })
        .refine(({ url, file_id: id }) => (url ?? id) !== undefined, 'Send `url` or `file_id`')
        .transform(withoutUrl),
    }),
    z.strictObject({
      type: z.literal('file'),
      file: z
        .strictObject({
          file_id: Text.optional(),
          filename: Text.optional(),
          file_data: Text.optional(),
          url: Text.optional().meta({
            description: 'Of a file of Hilo’s, as it is read, an address for an hour',
          }),
        })
        .transform(withoutUrl),
    }),
    z
      .strictObject({
        type: z.literal('reasoning'),
        text: Text,
        signature: Text.optional(),
        encrypted: Text.optional(),
      })
      .meta({ description: 'What the model thought before it spoke. It is not part of `content`' }),
    z.strictObject({ type: z.literal('refusal'), text: Text.min(1) }),
    z
      .object({ type: z.literal('source'), url: Text.min(1), title: Text.optional() })
      .catchall(AnyJson)
      .superRefine(asItCame)
      .meta({ description: 'Where something that is said comes from; may have more fields' }),
    z
      .strictObject({
        type: z.literal('data'),
        name: Text.min(1).max(128),
        data: AnyJson,
      })
      .superRefine(asItCame)
      .meta({ description: 'What a program shows in its own way' }),
  ])
  .meta({ id: 'KnownPart' })
export type KnownPart = z.infer<typeof KnownPart>

const kinds = new Set<string>(KnownPart.options.map(({ shape }) => shape.type.value))

export const isKnownPart = (part: Part): part is KnownPart => kinds.has(part.type)

/** A part of a kind that is not known: kept, and given back as it came. */
type UnknownPart = { type: string & { unknown?: true } } & JsonObject

const isUnknown = (value: unknown): boolean =>
  isObject(value) && typeof value['type'] === 'string' && value['type'] !== ''

/**
 * One part of a message. What is wrong with one of a known kind is said by its field; a kind that is not known needs
 * only a name.
 */
export const Part = z
  .custom<KnownPart | UnknownPart>(isUnknown, 'Send an object with a `type`')
  // Those of known kinds with their fields in one order, so that a retry that says the same is the same.
  .transform((part, context): KnownPart | UnknownPart => {
    const checked = (kinds.has(part.type) ? KnownPart : Json).safeParse(part)
    if (checked.success) return checked.data as KnownPart | UnknownPart
    for (const { path, message } of checked.error.issues) {
      context.addIssue({ code: 'custom', path, message })
    }
    return z.NEVER
  })
  .meta({
    id: 'Part',
    type: 'object',
    anyOf: [
      { $ref: '#/components/schemas/KnownPart' },
      {
        type: 'object',
        required: ['type'],
        properties: { type: { type: 'string' } },
        additionalProperties: true,
        description: 'A part of a kind that is not known: kept, and given back as it came',
      },
    ],
  })
export type Part = z.infer<typeof Part>

/** What the model thought before it spoke. */
export const thoughtsOf = (parts: Part[] | null): string[] =>
  (parts ?? [])
    .filter(isKnownPart)
    .flatMap((part) => (part.type === 'reasoning' && part.text !== '' ? [part.text] : []))

/** The same as one text. */
export const reasoningOf = (parts: Part[] | null): string => thoughtsOf(parts).join('\n')

/** What people see of parts as text. */
export const textOfParts = (parts: Part[] | null): string =>
  (parts ?? [])
    .filter(isKnownPart)
    .flatMap((part) => (part.type === 'text' || part.type === 'refusal' ? [part.text] : []))
    .join('\n')

/** The ids of files that parts name, Hilo's and others. */
export const fileIdsIn = (parts: Part[] | null): string[] =>
  (parts ?? []).filter(isKnownPart).flatMap((part) => {
    if (part.type === 'image_url') return part.image_url.file_id ?? []
    return part.type === 'file' ? (part.file.file_id ?? []) : []
  })

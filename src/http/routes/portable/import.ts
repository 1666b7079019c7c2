import type { Context, MiddlewareHandler } from 'hono'
import * as z from 'zod'

import { Language } from '../../../contract/conversation.ts'
import { ImportAnswer } from '../../../contract/import.ts'
import { IMPORT_BYTES } from '../../../contract/limits.ts'
import { log } from '../../../events.ts'
import { conversationsIn } from '../../../portable/archive.ts'
import type { FilesBeside } from '../../../portable/import/parts.ts'
import { readImport } from '../../../portable/import/read.ts'
import { TAKEN } from '../../../portable/import/recognise.ts'
import { Unreadable, Unreached } from '../../../portable/unzip.ts'
import { bucketOf } from '../../../settings.ts'
import { type HonoEnv, requireOwner } from '../../caller/caller.ts'
import { requireFile } from '../../frame/body.ts'
import { languageOf } from '../../frame/language.ts'
import {
  createRoute,
  forBodies,
  forCallers,
  problems,
  routes,
  security,
} from '../../frame/openapi.ts'
import { numberParameter } from '../../frame/parameters.ts'
import { Problem, onError, tryAgain } from '../../frame/problem.ts'
import { limitImports } from '../../frame/rate-limits.ts'
import { wantsStream } from '../messages/continue.ts'
import { eventStream } from '../messages/stream.ts'
import { Metered } from './import-body.ts'
import { PROGRESS_MS, progressOf } from './import-progress.ts'
import { unnamedIn, withZip, zipOrNot } from './import-zip.ts'
import { Intake } from './intake.ts'

/** An import belongs to a user: a user's own, or one that a service makes for them. */
const requireImporter: MiddlewareHandler<HonoEnv> = async (c, next) => {
  const owner = requireOwner(c.get('caller'))
  if (owner.kind !== 'user') {
    throw new Problem('not-permitted', {
      detail: 'Anonymous sessions import nothing. Log in first.',
    })
  }
  await next()
}

const example = {
  object: 'hilo.export',
  version: 1,
  conversations: [
    {
      object: 'conversation',
      id: '018bcfe5-6800-7000-8000-000000000000',
      title: 'A trip',
      messages: [{ object: 'message', id: 'm1', role: 'user', content: 'Where shall we go?' }],
    },
  ],
}
const file = { schema: { type: 'string' as const, format: 'binary' } }

const importConversations = createRoute({
  operationId: 'importConversations',
  tags: ['Portability'],
  security,
  summary: 'Bring conversations from elsewhere, or from another Hilo',
  description:
    `${TAKEN} What a file holds is recognised by its content. At most ${IMPORT_BYTES} bytes, streamed. The same ` +
    'file again adds nothing. What fails is told by its place, and the rest goes in.',
  method: 'post',
  path: '/api/import',
  middleware: [requireImporter, requireFile, limitImports] as const,
  request: {
    query: z.strictObject({
      language: Language.optional().meta({
        description:
          'Of conversations whose file names none; by default what Accept-Language asks for, then DEFAULT_LANGUAGE',
      }),
      from: numberParameter(0).default(0).meta({
        description: 'Leaves out what comes before this place: `next_from` of an earlier answer',
      }),
    }),
    body: {
      required: true,
      content: {
        'application/json': { ...file, example },
        'application/x-ndjson': file,
        'application/zip': file,
        'application/octet-stream': file,
      },
    },
  },
  responses: {
    200: {
      description:
        'What became of each conversation. As `text/event-stream` if that is accepted: `progress {bytes, total, ' +
        'conversations, imported, unchanged, failed}` as it goes on, then `completed` with the same answer, or ' +
        '`failed {problem}`',
      content: {
        'application/json': { schema: ImportAnswer },
        'text/event-stream': { schema: z.string() },
      },
    },
    ...problems(...forCallers, ...forBodies, 'over-quota', 'session-linked', 'no-files'),
  },
})

export const importRoutes = routes().openapi(importConversations, async (c) => {
  const { language, from } = c.req.valid('query')
  const intake = new Intake(c, { language: language ?? languageOf(c), from })
  const body = new Metered(c.req.raw.body)
  const work = takeIn(c, intake, body, from)
  if (!wantsStream(c)) return c.json(await work, 200)
  const length = c.req.header('content-length')
  const total = length === undefined ? null : Number(length)
  // What fails at once has the status of its problem.
  await Promise.race([work, scheduler.wait(PROGRESS_MS)])
  const events = progressOf({
    work,
    progress: () => ({ bytes: body.bytes, total, ...intake.counts }),
    problemOf: async (error) => (await onError(error as Error, c)).json(),
    left: () => body.leave(),
  })
  return c.body(events, 200, eventStream)
})

/** Takes in all that a file holds. */
async function takeIn(
  c: Context<HonoEnv>,
  intake: Intake,
  body: Metered,
  from: number,
): Promise<ImportAnswer> {
  const startedAt = Date.now()
  const keepsFiles = bucketOf(c.env) !== null
  const take = async (file: AsyncIterable<Uint8Array>, beside?: FilesBeside) => {
    const options = { from, now: startedAt, keepsFiles, ...(beside && { beside }) }
    for await (const reading of readImport(file, options)) {
      if (reading.kind === 'unreadable') throw new Unreadable(reading.detail)
      await intake.take(reading)
      if (intake.isFull) break
    }
    await intake.settled()
  }
  const { isZip, file } = await zipOrNot(body)
  try {
    if (!isZip) await take(file)
    else {
      await withZip(c, file, async (brought) => {
        const incoming = intake.bring(brought.archived)
        await take(body.asLong(conversationsIn(brought.archived.zip)), brought.beside)
        const isWhole = from === 0 && !intake.isFull
        if (isWhole) intake.warnings.push(...unnamedIn(brought, incoming.named))
      })
    }
  } catch (error) {
    await intake.settled()
    if (error instanceof Unreached) {
      throw tryAgain(`The archive could not be read back.${intake.isEmpty ? ` ${NOTHING}` : STAYS}`)
    }
    if (!(error instanceof Unreadable)) throw error
    if (body.isOver) throw tooLarge(intake)
    const detail = `${error.message}${intake.isEmpty ? ` ${NOTHING}` : STAYS}`
    throw new Problem('invalid-request', { detail })
  }
  if (body.isOver) throw tooLarge(intake)
  const answer = intake.answer()
  if (answer === null) {
    throw new Problem('invalid-request', {
      detail: [
        'No conversation was found in this file.',
        ...intake.firstErrors,
        ...intake.warnings,
        TAKEN,
        NOTHING,
      ].join(' '),
    })
  }
  const { source, complete, imported, unchanged, failed } = answer
  log({
    event: 'imported',
    source,
    imported,
    unchanged,
    failed,
    is_complete: complete,
    bytes: body.bytes,
    took_ms: Date.now() - startedAt,
    request_id: c.get('requestId'),
  })
  return answer
}

function tooLarge({ isEmpty }: Intake): Problem {
  const detail = `A file may have ${IMPORT_BYTES} bytes; send it in parts.`
  return new Problem('body-too-large', { detail: isEmpty ? detail : detail + STAYS })
}

const NOTHING = 'Nothing was stored.'
const STAYS = ' What was taken in before that stays; the same file again adds nothing twice.'

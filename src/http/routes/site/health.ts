import { sql } from 'drizzle-orm'
import * as z from 'zod'

import { version } from '../../../../package.json'
import { isWebhook } from '../../../alerts.ts'
import { filesOf, objectOf } from '../../../objects.ts'
import {
  SettingError,
  isOn,
  jurisdictionOf,
  loginUrl,
  modelEndpoint,
  modelProvider,
  text,
  wholeNumber,
} from '../../../settings.ts'
import { openDatabase } from '../../../storage/database.ts'
import { troubleOf } from '../../../storage/trouble.ts'
import { verifyService } from '../../caller/service.ts'
import { issueSession } from '../../caller/session.ts'
import { verifierOf } from '../../caller/user.ts'
import { defaultLanguage } from '../../frame/language.ts'
import { createRoute, json, problems, routes } from '../../frame/openapi.ts'
import { Problem } from '../../frame/problem.ts'

const numbers = [
  'MAX_MB_PER_OWNER',
  'DATABASE_MAX_GB',
  'SESSION_TTL_DAYS',
  'MAX_CONVERSATIONS_PER_SESSION',
  'ARCHIVE_AFTER_DAYS',
  'ERASE_AFTER_DAYS',
  'ERASE_ANONYMOUS_AFTER_DAYS',
  'MAX_OUTPUT_TOKENS',
  'MODEL_FIRST_TOKEN_TIMEOUT_S',
  'MODEL_NEXT_TOKEN_TIMEOUT_S',
  'CONTEXT_TOKENS',
  'SUMMARY_EVERY',
  'MAX_FILE_MB',
  'MAX_FILES_MB_PER_OWNER',
  'MODEL_INLINE_MB',
]
const switches = [
  'ALLOW_CLIENT_ASSISTANT',
  'ALLOW_CLIENT_SYSTEM',
  'ANONYMOUS_MODEL',
  'PAGE',
  'RATE_LIMITS',
  'SEARCH',
]

const health = createRoute({
  operationId: 'health',
  tags: ['Operation'],
  summary: 'Whether this deployment runs, has what it needs, and understands its settings',
  method: 'get',
  path: '/healthz',
  responses: {
    200: json(
      z.object({
        status: z.literal('ok'),
        version: z.string(),
        jurisdiction: z
          .object({ objects: z.string().nullable(), database: z.string().nullable() })
          .meta({
            description:
              'Where conversations are kept. That of D1 is as `npm run deploy` found it, or as the operator says',
          }),
      }),
      'It does',
    ),
    ...problems('not-configured'),
  },
})

/** Everything that has to be right, and under which name it is set. */
const checks: Record<string, (env: Env) => unknown> = {
  SESSION_SECRET: (env) => issueSession(env, 'nobody', new Date()),
  SERVICE_TOKENS: (env) => verifyService(env, 'nobody'),
  'AUTH_JWKS_URL or AUTH_JWT_SECRET': (env) => verifierOf(env),
  MODEL_PROVIDER: (env) => modelProvider(env) === 'openai' && modelEndpoint(env),
  JURISDICTION: (env) => jurisdictionOf(env),
  LOGIN_URL: (env) => loginUrl(env),
  CONVERSATION: (env) => checkObjects(env),
  OWNER_FILES: (env) => checkFiles(env),
  DB: (env) => checkDatabase(env),
  DEFAULT_LANGUAGE: (env) => defaultLanguage(env),
  ALERT_WEBHOOK: (env) => checkWebhook(env),
  ...Object.fromEntries(numbers.map((name) => [name, (env: Env) => wholeNumber(env, name)])),
  ...Object.fromEntries(switches.map((name) => [name, (env: Env) => isOn(env, name, true)])),
}

export const healthRoutes = routes().openapi(health, async (c) => {
  const found = await Promise.all(
    Object.entries(checks).map(([setting, check]) => problemWith(setting, check, c.env)),
  )
  const wrong = found.filter((problem) => problem !== null)
  if (wrong.length > 0) {
    throw new Problem('not-configured', {
      detail: wrong.map(({ detail }) => detail).join(' '),
      problems: wrong,
    })
  }
  const jurisdiction = {
    objects: jurisdictionOf(c.env) ?? null,
    database: text(c.env, 'DATABASE_JURISDICTION') ?? null,
  }
  return c.json({ status: 'ok' as const, version, jurisdiction }, 200)
})

async function problemWith(setting: string, check: (env: Env) => unknown, env: Env) {
  try {
    await check(env)
    return null
  } catch (error) {
    // A setting's error names it, and holds no value.
    const detail = error instanceof SettingError ? error.message : `${setting} does not work.`
    return { setting, detail }
  }
}

function checkObjects(env: Env): void {
  try {
    objectOf({ ...env, JURISDICTION: '' }, 'nobody')
  } catch {
    throw new SettingError('CONVERSATION is not bound. wrangler.toml binds it to the class.')
  }
}

/** A deployment needs no bucket of files; who counts them is asked at each login. */
function checkFiles(env: Env): void {
  try {
    filesOf({ ...env, JURISDICTION: '' }, { kind: 'user', id: 'nobody' })
  } catch {
    throw new SettingError('OWNER_FILES is not bound. wrangler.toml binds it to the class.')
  }
}

/** The newest table is there, so all migrations have run. */
async function checkDatabase({ DB }: Env): Promise<void> {
  try {
    await openDatabase(DB).run(sql`SELECT 1 FROM owner_usage LIMIT 1`)
  } catch (error) {
    const how =
      troubleOf(error) === 'missing-table'
        ? 'lacks tables. Run `npx wrangler d1 migrations apply hilo --remote`.'
        : 'does not answer. Is its id in wrangler.toml?'
    throw new SettingError(`DB, the D1 database, ${how}`)
  }
}

function checkWebhook(env: Env): void {
  const url = text(env, 'ALERT_WEBHOOK')
  if (url === undefined || isWebhook(url)) return
  throw new SettingError('ALERT_WEBHOOK is not an https address.')
}

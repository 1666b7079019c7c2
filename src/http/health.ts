import * as z from 'zod'

import { isOn, modelEndpoint, modelProvider, wholeNumber } from '../settings.ts'
import { verifyService } from './caller/service.ts'
import { issueSession } from './caller/session.ts'
import { defaultLanguage } from './language.ts'
import { createRoute, json, problems, routes } from './openapi.ts'

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
]
const switches = ['ALLOW_CLIENT_ASSISTANT', 'ALLOW_CLIENT_SYSTEM', 'ANONYMOUS_MODEL', 'RATE_LIMITS']

const health = createRoute({
  operationId: 'health',
  tags: ['Operation'],
  summary: 'Whether this deployment runs, has the secrets it needs, and understands its settings',
  method: 'get',
  path: '/healthz',
  responses: {
    200: json(z.object({ status: z.literal('ok') }), 'It does'),
    ...problems('not-configured'),
  },
})

export const healthRoutes = routes().openapi(health, async (c) => {
  await issueSession(c.env, 'nobody', new Date())
  await verifyService(c.env, 'nobody')
  if (modelProvider(c.env) === 'openai') modelEndpoint(c.env)
  for (const name of numbers) wholeNumber(c.env, name)
  for (const name of switches) isOn(c.env, name, true)
  defaultLanguage(c.env)
  return c.json({ status: 'ok' as const }, 200)
})

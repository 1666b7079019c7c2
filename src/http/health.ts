import * as z from 'zod'

import { requiredSecret } from '../settings.ts'
import { createRoute, json, problems, routes } from './openapi.ts'

const health = createRoute({
  operationId: 'health',
  tags: ['Operation'],
  summary: 'Whether this deployment runs and has the secret that every one needs',
  method: 'get',
  path: '/healthz',
  responses: {
    200: json(z.object({ status: z.literal('ok') }), 'It does'),
    ...problems('not-configured'),
  },
})

export const healthRoutes = routes().openapi(health, (c) => {
  requiredSecret(c.env, 'SESSION_SECRET')
  return c.json({ status: 'ok' as const }, 200)
})

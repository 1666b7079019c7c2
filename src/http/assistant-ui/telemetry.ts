import * as z from 'zod'

import { bodyOf, createRoute, json, routes, security } from '../frame/openapi.ts'
import { limitWrites } from '../frame/rate-limits.ts'
import { refusals, tags } from './openapi.ts'
import { ROOT } from './problems.ts'

const reportRun = createRoute({
  tags,
  security,
  method: 'post',
  middleware: [limitWrites] as const,
  operationId: 'assistantUiReportRun',
  summary: 'What a client reports of a run. Not kept',
  path: `${ROOT}/v1/runs`,
  request: bodyOf(z.looseObject({}).meta({ id: 'AssistantUiRun' }), { status: 'completed' }),
  responses: {
    200: json(z.object({ run_id: z.string() }).meta({ id: 'AssistantUiRunId' }), 'Heard'),
    ...refusals(),
  },
})

const reportEvents = createRoute({
  tags,
  security,
  method: 'post',
  middleware: [limitWrites] as const,
  operationId: 'assistantUiReportEvents',
  summary: 'What people do in a client. Not kept',
  path: `${ROOT}/v1/events`,
  request: bodyOf(
    z.object({ events: z.array(z.looseObject({})).max(50) }).meta({ id: 'AssistantUiEvents' }),
    { events: [] },
  ),
  responses: { 204: { description: 'Heard' }, ...refusals() },
})

/** Clients send telemetry unless they are told not to. Hilo takes it, so that they see no errors, and drops it. */
export const telemetryRoutes = routes()
  .openapi(reportRun, (c) => c.json({ run_id: crypto.randomUUID() }, 200))
  .openapi(reportEvents, (c) => c.body(null, 204))

import { routes } from '../frame/openapi.ts'
import { authRoutes } from './auth.ts'
import { fileRoutes } from './files.ts'
import { messageRoutes } from './messages.ts'
import { runRoutes } from './runs.ts'
import { telemetryRoutes } from './telemetry.ts'
import { threadRoutes } from './threads.ts'
import { titleRoutes } from './title.ts'

/** Everything that `new AssistantCloud({ baseUrl: 'https://…/assistant-ui' })` calls. */
export const assistantUiRoutes = routes()

for (const mounted of [
  authRoutes,
  threadRoutes,
  messageRoutes,
  runRoutes,
  titleRoutes,
  telemetryRoutes,
  fileRoutes,
]) {
  assistantUiRoutes.route('/', mounted)
}

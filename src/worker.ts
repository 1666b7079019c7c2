import { runCron } from './cron/cron.ts'
import { app } from './http/app.ts'

export { Conversation } from './conversation/conversation.ts'
export { OwnerFiles } from './files/owner-files.ts'
export { OwnerIndex } from './search/owner-index.ts'

export default {
  fetch: app.fetch,
  scheduled: (controller, env) => runCron(env, controller.scheduledTime),
} satisfies ExportedHandler<Env>

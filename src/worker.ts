import { app } from './http/app.ts'

export { Conversation } from './conversation/conversation.ts'

export default { fetch: app.fetch } satisfies ExportedHandler<Env>

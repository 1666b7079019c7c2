import { methodNotAllowed } from 'hono/method-not-allowed'
import { requestId } from 'hono/request-id'

import { chatMessagesRoutes } from './ai-sdk/messages.ts'
import { asText } from './ai-sdk/refused.ts'
import { chatResumeRoutes } from './ai-sdk/resume.ts'
import { chatSendRoutes } from './ai-sdk/send.ts'
import { chatSocketRoutes } from './ai-sdk/socket.ts'
import { actForUser } from './assistant-ui/auth.ts'
import { ROOT as ASSISTANT_UI, encodeProblem as asAssistantUi } from './assistant-ui/problems.ts'
import { assistantUiRoutes } from './assistant-ui/routes.ts'
import type { HonoEnv } from './caller/caller.ts'
import { closedByDefault } from './caller/closed.ts'
import { readBody } from './frame/body.ts'
import { forPages, safeHeaders } from './frame/headers.ts'
import { routes } from './frame/openapi.ts'
import { Problem, onError, problemsAs, respond } from './frame/problem.ts'
import { describe } from './frame/reference.ts'
import { mcpError } from './mcp/problems.ts'
import { mcpRoutes } from './mcp/routes.ts'
import { openaiConversationRoutes } from './openai/conversations.ts'
import { openaiError } from './openai/errors.ts'
import { openaiFileRoutes } from './openai/files.ts'
import { openaiItemRoutes } from './openai/items.ts'
import { openaiResponseRoutes } from './openai/response-routes.ts'
import { openaiCreateRoutes } from './openai/responses.ts'
import { reconcileRoutes } from './routes/admin/reconcile.ts'
import { reindexRoutes } from './routes/admin/reindex.ts'
import { contextRoutes } from './routes/conversations/context.ts'
import { conversationRoutes } from './routes/conversations/conversation.ts'
import { conversationCreateRoutes } from './routes/conversations/create.ts'
import { eraseRoutes } from './routes/conversations/erase.ts'
import { conversationListRoutes } from './routes/conversations/list.ts'
import { contentRoutes } from './routes/files/content.ts'
import { fileRoutes } from './routes/files/files.ts'
import { putRoutes } from './routes/files/put.ts'
import { continueRoutes } from './routes/messages/continue.ts'
import { deleteRoutes } from './routes/messages/delete.ts'
import { liveRoutes } from './routes/messages/live.ts'
import { messageRoutes } from './routes/messages/messages.ts'
import { stopRoutes } from './routes/messages/stop.ts'
import { streamRoutes } from './routes/messages/stream.ts'
import { exportRoutes } from './routes/portable/export.ts'
import { importRoutes } from './routes/portable/import.ts'
import { searchRoutes } from './routes/search/search.ts'
import { linkRoutes } from './routes/sessions/link.ts'
import { sessionRoutes } from './routes/sessions/sessions.ts'
import { docsRoutes } from './routes/site/docs.ts'
import { healthRoutes } from './routes/site/health.ts'
import { pageRoutes } from './routes/site/page.ts'
import { welcomeRoutes } from './routes/site/welcome.ts'
import { tokenRoutes } from './routes/tokens/tokens.ts'

/** What happens to every request, in this order; `contents.ts` lists all routes and who may call them. */
export const app = routes()

app.onError(onError)
app.notFound((c) => respond(c, new Problem('no-such-route')))

// Each protocol says what is refused in its own shape, before anything that can go wrong.
app.use('/api/chat/*', problemsAs(asText))
app.use('/v1/*', problemsAs(openaiError))
app.use('/mcp', problemsAs(mcpError))
app.use(`${ASSISTANT_UI}/*`, problemsAs(asAssistantUi), actForUser)

app.use(requestId(), safeHeaders, forPages)
app.use(
  methodNotAllowed<HonoEnv>({
    app,
    onMethodNotAllowed: (c, methods) => {
      const allow = methods.join(', ')
      // Headers of the answer that this one replaces would stay.
      c.res.headers.delete('hilo-problem')
      return respond(c, new Problem('method-not-allowed', { detail: `Use ${allow}.` }, { allow }))
    },
  }),
)
app.use(closedByDefault, readBody)

for (const mounted of [
  welcomeRoutes,
  pageRoutes,
  healthRoutes,
  docsRoutes,
  sessionRoutes,
  linkRoutes,
  conversationCreateRoutes,
  conversationRoutes,
  conversationListRoutes,
  messageRoutes,
  continueRoutes,
  streamRoutes,
  stopRoutes,
  liveRoutes,
  deleteRoutes,
  contextRoutes,
  fileRoutes,
  contentRoutes,
  putRoutes,
  openaiFileRoutes,
  eraseRoutes,
  searchRoutes,
  tokenRoutes,
  mcpRoutes,
  reconcileRoutes,
  reindexRoutes,
  exportRoutes,
  importRoutes,
  openaiConversationRoutes,
  openaiItemRoutes,
  openaiCreateRoutes,
  openaiResponseRoutes,
  chatSendRoutes,
  chatResumeRoutes,
  chatMessagesRoutes,
  chatSocketRoutes(async (c, request) => app.fetch(request, c.env, c.executionCtx)),
  assistantUiRoutes,
]) {
  app.route('/', mounted)
}

describe(app)

/**
 * Every route of Hilo, and who may call it: `anybody`, or a `caller`, who proves by a token, a cookie or a ticket who they
 * are. A route is closed unless it stands here as open. A test compares this list with the routes that are registered.
 */
export const contents = [
  // routes/site: what this is, and whether it is well.
  ['GET', '/', 'anybody'],
  ['GET', '/welcome.css', 'anybody'],
  ['GET', '/page/:file', 'anybody'],
  ['GET', '/problems', 'anybody'],
  ['GET', '/problems/:type', 'anybody'],
  ['GET', '/healthz', 'anybody'],
  ['GET', '/openapi.json', 'anybody'],
  ['GET', '/docs', 'anybody'],
  ['GET', '/docs/viewer.js', 'anybody'],
  ['GET', '/docs/swagger-ui.css', 'anybody'],
  ['GET', '/docs/swagger-ui-bundle.js', 'anybody'],

  // routes/sessions: visitors, and what becomes of their conversations at login. A visitor begins with nothing to show,
  // and a login proves two callers at once, which the route does itself.
  ['POST', '/api/sessions', 'anybody'],
  ['DELETE', '/api/sessions', 'anybody'],
  ['POST', '/api/sessions/link', 'anybody'],

  // routes/conversations
  ['POST', '/api/conversations', 'caller'],
  ['GET', '/api/conversations', 'caller'],
  ['GET', '/api/conversations/:id', 'caller'],
  ['PATCH', '/api/conversations/:id', 'caller'],
  ['DELETE', '/api/conversations/:id', 'caller'],
  ['GET', '/api/conversations/:id/context', 'caller'],
  ['POST', '/api/conversations/:id/summarize', 'caller'],
  ['POST', '/api/conversations/:id/erase', 'caller'],
  ['POST', '/api/erase', 'caller'],

  // routes/messages
  ['GET', '/api/conversations/:id/messages', 'caller'],
  ['POST', '/api/conversations/:id/messages', 'caller'],
  ['DELETE', '/api/conversations/:id/messages/:message_id', 'caller'],
  ['POST', '/api/conversations/:id/continue', 'caller'],
  ['GET', '/api/conversations/:id/stream', 'caller'],
  ['POST', '/api/conversations/:id/stream/ticket', 'caller'],
  ['POST', '/api/conversations/:id/stop', 'caller'],
  ['GET', '/api/conversations/:id/live', 'caller'],
  ['POST', '/api/conversations/:id/live/ticket', 'caller'],

  // routes/files. The bytes are also for whoever shows an address that was made for who may read a message. They are put
  // at an address that was made for their owner.
  ['POST', '/api/files', 'caller'],
  ['GET', '/api/files', 'caller'],
  ['GET', '/api/files/:file_id', 'caller'],
  ['DELETE', '/api/files/:file_id', 'caller'],
  ['GET', '/api/files/:file_id/content', 'caller'],
  ['PUT', '/api/files/:file_id/content', 'caller'],

  // routes/search
  ['GET', '/api/search', 'caller'],

  // routes/tokens: a user's own, for programs that read.
  ['POST', '/api/tokens', 'caller'],
  ['GET', '/api/tokens', 'caller'],
  ['DELETE', '/api/tokens/:token_id', 'caller'],

  // mcp: history for agents.
  ['POST', '/mcp', 'caller'],

  // routes/portable
  ['GET', '/api/conversations/:id/export', 'caller'],
  ['GET', '/api/export', 'caller'],
  ['POST', '/api/import', 'caller'],

  // openai: the same conversations as OpenAI's clients know them.
  ['POST', '/v1/files', 'caller'],
  ['GET', '/v1/files', 'caller'],
  ['GET', '/v1/files/:file_id', 'caller'],
  ['DELETE', '/v1/files/:file_id', 'caller'],
  ['GET', '/v1/files/:file_id/content', 'caller'],
  ['POST', '/v1/conversations', 'caller'],
  ['GET', '/v1/conversations', 'caller'],
  ['GET', '/v1/conversations/:id', 'caller'],
  ['POST', '/v1/conversations/:id', 'caller'],
  ['DELETE', '/v1/conversations/:id', 'caller'],
  ['POST', '/v1/conversations/:id/items', 'caller'],
  ['GET', '/v1/conversations/:id/items', 'caller'],
  ['GET', '/v1/conversations/:id/items/:item_id', 'caller'],
  ['DELETE', '/v1/conversations/:id/items/:item_id', 'caller'],
  ['POST', '/v1/responses', 'caller'],
  ['GET', '/v1/responses/:response_id', 'caller'],
  ['DELETE', '/v1/responses/:response_id', 'caller'],
  ['POST', '/v1/responses/:response_id/cancel', 'caller'],
  ['GET', '/v1/responses/:response_id/input_items', 'caller'],
  // ai-sdk: what `useChat` calls.
  ['POST', '/api/chat', 'caller'],
  ['GET', '/api/chat/:id/stream', 'caller'],
  ['POST', '/api/chat/:id/stop', 'caller'],
  ['GET', '/api/chat/:id/messages', 'caller'],
  // Each frame on the socket is a request of one of these, and proves by itself who sends it.
  ['GET', '/api/chat-socket', 'anybody'],
  // assistant-ui: what its client calls. A visitor begins with nothing to show.
  ['POST', '/assistant-ui/v1/auth/tokens/anonymous', 'anybody'],
  ['POST', '/assistant-ui/v1/auth/tokens/refresh', 'anybody'],
  ['POST', '/assistant-ui/v1/auth/tokens', 'caller'],
  ['GET', '/assistant-ui/v1/threads', 'caller'],
  ['POST', '/assistant-ui/v1/threads', 'caller'],
  ['POST', '/assistant-ui/v1/threads/:id', 'caller'],
  ['GET', '/assistant-ui/v1/threads/:id', 'caller'],
  ['PUT', '/assistant-ui/v1/threads/:id', 'caller'],
  ['DELETE', '/assistant-ui/v1/threads/:id', 'caller'],
  ['GET', '/assistant-ui/v1/threads/:id/messages', 'caller'],
  ['POST', '/assistant-ui/v1/threads/:id/messages', 'caller'],
  ['DELETE', '/assistant-ui/v1/threads/:id/messages', 'caller'],
  ['PUT', '/assistant-ui/v1/threads/:id/messages/:message_id', 'caller'],
  ['POST', '/assistant-ui/v1/threads/:id/messages/:message_id/feedback', 'caller'],
  ['POST', '/assistant-ui/v1/threads/:id/runs/:lease_id/heartbeat', 'caller'],
  ['POST', '/assistant-ui/v1/threads/:id/runs/:lease_id/end', 'caller'],
  ['POST', '/assistant-ui/v1/runs/stream', 'caller'],
  ['POST', '/assistant-ui/v1/runs', 'caller'],
  ['POST', '/assistant-ui/v1/events', 'caller'],
  ['POST', '/assistant-ui/v1/scores', 'caller'],
  ['POST', '/assistant-ui/v1/files/attachments/generate-presigned-upload-url', 'caller'],
  ['POST', '/assistant-ui/v1/files/attachments/generate-presigned-download-url', 'caller'],
  ['POST', '/assistant-ui/v1/files/pdf-to-images', 'caller'],

  // routes/admin
  ['POST', '/api/admin/reconcile', 'caller'],
  ['POST', '/api/admin/reindex', 'caller'],
] as const

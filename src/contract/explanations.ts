import type { ProblemType } from './problem.ts'

/** What each problem means and what to do about it, as `GET /problems/{type}` says it. */
export const explanations: Record<ProblemType, string> = {
  'malformed-json':
    'The body could not be read as JSON. Nothing was stored. Send valid JSON in UTF-8.',
  unauthenticated:
    'The request has no credential. Send `Authorization: Bearer TOKEN`: the JWT of a user, the token of a service, or the token of a session from POST /api/sessions.',
  'invalid-token':
    'The credential proves nobody. `detail` says whether it has expired, is malformed, or is not known here. Get a new one.',
  'invalid-ticket':
    'The ticket is not ours, belongs to another conversation, was used already or has expired. Get a new one with POST …/live/ticket or POST …/stream/ticket.',
  'cross-origin':
    'A browser sent the session cookie from a page that may not use it. Add the origin of the page to ALLOWED_ORIGINS, or send the session token as a bearer token.',
  'session-linked':
    'The session was handed to a user at login. What it began belongs to that user now. Go on with the user’s token, or start a session anew with POST /api/sessions.',
  'not-permitted':
    'The caller is known, but may not do this. `detail` or `errors` say what it takes: another scope, another kind of caller, a setting of the deployment. Nothing was stored.',
  'no-such-conversation':
    'There is no conversation of this id for this caller. A conversation of somebody else is answered in the same way.',
  'no-such-file':
    'There is no file of this id for this caller, or its address has expired. Read the message again for a new address. A file of somebody else is answered in the same way.',
  'no-such-message':
    'The conversation has no message, item, reply or run of this id, or it was deleted.',
  'no-such-token':
    'There is no token of this id for this caller: it was revoked, has ended, or is of somebody else.',
  'unsupported-parameter':
    'The protocol has this, and Hilo does not: tools that the provider runs, for example. Nothing was stored. Leave it out.',
  'no-such-route':
    'No route has this path. The reference at /docs and /openapi.json lists all routes.',
  'no-such-problem': 'No problem has this name. GET /problems lists all of them.',
  'method-not-allowed':
    'The path exists, but not with this method. The header `Allow` lists the methods that it takes.',
  'id-taken':
    'A conversation with this id exists and is not yours, or is just being erased. Nothing was stored. Choose a random UUID.',
  'conversation-started':
    'The conversation exists already and has other messages. Nothing was stored. Append the messages with POST …/messages.',
  'session-taken':
    'The session was linked to another user before. The first user that a session is linked to keeps it.',
  'key-taken':
    'Another request had this `Idempotency-Key`, and this one is not the same. Nothing was stored. Send a key of its own with each request; to retry, send the same body.',
  'message-id-taken':
    'The conversation has a message with this id and another content. Nothing was stored. Give a new message a new id; to retry, send the same content.',
  'file-in-use':
    'A message names the file, so it stays. It goes with the conversation when that is erased, or with the message.',
  'message-kept':
    'A message that is kept can be gone on with by the client that wrote it, but what it says is not changed or taken away. Nothing was stored. Write a new message, beside it if it is an edit.',
  'run-ended':
    'The run was ended, and its message is kept. What is written as its holder now is not stored.',
  'lease-mismatch':
    'The lease is that of another message. Nothing was stored. Write with the lease that the message was opened with.',
  'on-hold':
    'A service has put the conversation on hold, so it can’t be erased. A service with the scope `hold` can lift the hold.',
  'summary-behind':
    'A summary that covers more messages stands already. `summary_seq` says how far it reaches. Nothing was stored.',
  'seq-mismatch':
    'The conversation has other messages after the one that `expected_seq` names. `last_seq` is the number of the last one. Nothing was stored. Read the new messages first.',
  'conversation-busy':
    'A reply is being written. Nothing was stored. Wait as long as `Retry-After` says, stop the reply with POST …/stop, or send `"on_busy": "interrupt"`.',
  'nothing-to-answer':
    'The conversation would end with an assistant’s message, so there is nothing to reply to. Nothing was stored.',
  'tool-calls-outstanding':
    'Some tool calls have no result yet. `tool_call_ids` names them. Send their results with the same request. Nothing was stored.',
  'reply-stopped':
    'The reply was stopped before it said anything. `stored` names your messages, which are kept. Send the same request again to ask the model again.',
  'moved-on':
    'Other messages follow the ones of this request. Nothing was added. Read the history, then continue from its end.',
  'body-too-large': 'The body is larger than this route takes. `detail` says how much it takes.',
  'over-quota':
    'The conversations of this owner take up as much as the deployment allows (MAX_MB_PER_OWNER). Nothing was stored. Erase conversations, and try again a minute later.',
  'unsupported-media-type': 'The body is not JSON. Send it with `content-type: application/json`.',
  'invalid-request':
    'The request has a field, parameter or header that is not valid. `errors` says which, and what is taken. Nothing was stored.',
  'too-many-conversations':
    'An anonymous session has as many conversations as it may have. Log in to keep more, or erase some.',
  'upgrade-required': 'This route is a WebSocket. Connect with `Upgrade: websocket`.',
  'too-many-sockets':
    'You have as many WebSockets open in this conversation as you may have. Close one.',
  'too-many-streams':
    'You follow this reply as often as you may. Close a stream that nobody reads.',
  'rate-limited':
    'You have sent too many requests. Wait as long as `Retry-After` says, and send the same request again.',
  'internal-error':
    'Something failed that should not. The log of the deployment has it by its `X-Request-Id`. A request whose messages have ids is safe to repeat.',
  'no-files':
    'This deployment has no bucket to keep files in. Everything else works. The operator adds one in wrangler.toml.',
  'range-not-satisfiable':
    'The header `Range` asks for bytes behind the end of the file. `Content-Range` says how many it has.',
  'no-search':
    'Search is switched off in this deployment (SEARCH=off). Everything else works as it does with it.',
  'not-served':
    'The protocol has this, but Hilo does not serve it. `detail` says what to do instead.',
  'no-model':
    'This deployment generates nothing itself (MODEL_PROVIDER=none). Append what your own model says.',
  'model-failed':
    'The model gave no reply. `stored` names your messages, which are kept. Send the same request again to ask the model again.',
  'not-configured':
    'A setting or a secret of the deployment is missing or makes no sense. `detail` names it and says how to set it.',
  'model-overloaded':
    'The model’s endpoint has too much to do. Your messages are kept. Wait as long as `Retry-After` says, and send the same request again.',
  'try-again':
    'Something that Hilo needs can’t be reached right now. Wait as long as `Retry-After` says, and send the same request again: it is safe if its messages have ids.',
  'model-timeout':
    'The model took too long. `stored` names your messages, which are kept. Send the same request again to ask the model again.',
}

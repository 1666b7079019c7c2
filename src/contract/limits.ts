/** Bytes of a request's body. */
export const BODY_BYTES = 1024 * 1024
/** How deep a body may be nested. What walks JSON does so by recursion, which ends with the stack. */
export const JSON_DEPTH = 100
/** How deep a conversation of a file may be: a tree of replies within replies takes two levels for each. */
export const IMPORT_DEPTH = 2_000
/** Bytes of a file to import. */
export const IMPORT_BYTES = 100 * 1024 * 1024
/** UTF-8 bytes of one message's text. */
export const CONTENT_BYTES = 256 * 1024
/** UTF-8 bytes of one message as JSON: D1 takes 2 MB a row, and a flush must carry at least one. */
export const MESSAGE_BYTES = 900_000
/** Encoded bytes of messages in one flush. */
export const FLUSH_BYTES = 1_000_000
/** UTF-16 units of text on one page: an answer crosses RPC, which takes 32 MiB. */
export const PAGE_CHARS = 4 * 1024 * 1024
/** Characters of a tool call's id: some gateways pack a signature into it, and 4,572 were seen. */
export const CALL_ID_LENGTH = 8_192
export const CALL_NAME_LENGTH = 256
export const MESSAGES_PER_CALL = 100
export const MESSAGES_PER_PAGE = 200
export const CONVERSATIONS_PER_PAGE = 100
/** How often one caller may follow one reply at once. */
export const STREAMS_PER_CALLER = 256
/** How many WebSockets one caller may have in one conversation. */
export const SOCKETS_PER_CALLER = 128
/** Bytes of one frame that a client may send. */
export const CLIENT_FRAME_BYTES = 4096
/** Bytes after which a client is asked to show that it has read them, and those at which one that doesn't is left. */
export const CHECK_BYTES = 256 * 1024
export const UNREAD_BYTES = 4 * 1024 * 1024
/** How many objects one call of the Worker, or one run of the cron job, asks at once. */
export const OBJECTS_ABREAST = 20
export const METADATA_KEYS = 16
export const TITLE_LENGTH = 255
export const TOPIC_LENGTH = 100
/** UTF-16 units of a conversation's summary. */
export const SUMMARY_LENGTH = 2_000
/** UTF-16 units of what imports brought to one conversation that has no field: its object takes several times that to merge it. */
export const EXTRA_CHARS = 15 * 1024 * 1024
export const OWNER_LENGTH = 255
/** Messages on one page of an export, which holds no more than `PAGE_CHARS` of text either. */
export const EXPORT_PAGE = 1_000
/**
 * Calls of objects that one export plans with, a page each. The platform allows 1,000 on its free plan, where long
 * messages may take more than was planned.
 */
export const EXPORT_CALLS = 800

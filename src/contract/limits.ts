/** Bytes of a request's body. */
export const BODY_BYTES = 1024 * 1024
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
export const MESSAGES_PER_CALL = 100
export const MESSAGES_PER_PAGE = 200
export const CONVERSATIONS_PER_PAGE = 100
export const METADATA_KEYS = 16
export const TITLE_LENGTH = 255
export const TOPIC_LENGTH = 100
/** UTF-16 units of a conversation's summary. */
export const SUMMARY_LENGTH = 2_000
export const OWNER_LENGTH = 255

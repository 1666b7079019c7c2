/** Bytes of one conversation in its file. Read, parsed and sent on it takes several times that of an isolate's 128 MB. */
export const CONVERSATION_BYTES = 16 * 1024 * 1024
/** Bytes of one conversation as it is sent to its object: RPC takes 32 MiB. */
export const SENT_BYTES = 24 * 1024 * 1024
/** How deep a conversation may be nested: a tree of replies within replies takes two levels for each. */
export const DEPTH = 2_000

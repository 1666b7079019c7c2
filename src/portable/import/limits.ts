/** Bytes of one conversation in its file: read and parsed it takes several times that, of the 128 MB there are. */
export const CONVERSATION_BYTES = 12 * 1024 * 1024
/** UTF-16 units of one conversation on its way to its object: RPC takes 32 MiB, two bytes a unit. */
export const SENT_CHARS = 15 * 1024 * 1024
/** How deep a conversation may be nested: a tree of replies within replies takes two levels for each. */
export const DEPTH = 2_000

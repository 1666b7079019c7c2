import { EXTRA_CHARS, IMPORT_DEPTH } from '../../contract/limits.ts'

/** Bytes of one conversation in its file: read and parsed it takes several times that, of the 128 MB there are. */
export const CONVERSATION_BYTES = 12 * 1024 * 1024
/** UTF-16 units of one conversation on its way to its object: RPC takes 32 MiB, two bytes a unit. */
export const SENT_CHARS = EXTRA_CHARS

export const tooLarge = `Larger than ${CONVERSATION_BYTES} bytes, which is what one conversation may have`
export const tooDeep = `Nested deeper than ${IMPORT_DEPTH} levels`

import { config } from 'zod'

// The AI SDK checks what it is sent with zod, which tries whether it may make functions out of text. It may not. This has
// to be said before any schema is made, so before the AI SDK is imported.
config({ jitless: true })

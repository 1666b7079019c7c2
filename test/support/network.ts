import type { Seen, Step } from './fake-network.ts'

const lever = (path: string, body?: unknown) =>
  fetch(`https://network.test/${path}`, {
    method: 'POST',
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })

/** Steers the fake network from a test. */
export const network = {
  /** What the model does when the last message it is sent holds `#key`: one script an attempt. */
  script: async (key: string, ...attempts: Step[][]): Promise<void> => {
    await lever(`scripts/${key}`, attempts)
  },
  /** What the model was sent for a key, in order. */
  seen: async (key: string): Promise<Seen[]> => (await lever(`seen/${key}`)).json<Seen[]>(),
  /** Lets the scripts go on that wait at a gate. */
  open: async (gate: string): Promise<void> => {
    await lever(`gates/${gate}`)
  },
  /** Serves a document, such as a key set, at `host/path`. */
  serve: async (where: string, document: unknown, status = 200): Promise<void> => {
    await lever(`documents/${where}`, { status, body: JSON.stringify(document) })
  },
}

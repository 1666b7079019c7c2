import { onTestFinished, vi } from 'vitest'

import type { Event } from '../../src/events.ts'

/** Hears all that is logged until the test ends, and keeps it off the terminal. */
export function listen() {
  const spies = (['log', 'info', 'debug', 'warn', 'error'] as const).map((level) =>
    vi.spyOn(console, level).mockImplementation(() => {}),
  )
  onTestFinished(() => spies.forEach((spy) => spy.mockRestore()))
  const said = (): unknown[] => spies.flatMap((spy) => spy.mock.calls.flat())
  return {
    /** The events of one kind that concern a conversation. */
    events: <E extends Event['event']>(event: E, id: string) =>
      said().filter((line): line is Extract<Event, { event: E }> => {
        const about = line as { event?: unknown; conversation_id?: unknown }
        return about.event === event && about.conversation_id === id
      }),
    /** All events of one kind. */
    all: <E extends Event['event']>(event: E) =>
      said().filter(
        (line): line is Extract<Event, { event: E }> =>
          (line as { event?: unknown }).event === event,
      ),
    /** Everything, as a log would hold it. An error is there with its message and its causes. */
    text: (): string => said().map(written).join('\n'),
  }
}

const written = (line: unknown): string =>
  line instanceof Error
    ? `${line.name} ${line.message} ${line.stack} ${written(line.cause)}`
    : typeof line === 'string'
      ? line
      : (JSON.stringify(line) ?? '')

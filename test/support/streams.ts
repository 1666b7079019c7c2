import type { Client } from './api.ts'
import { type ServerEvent, textOf } from './events.ts'

/** Joins the running reply, or goes on after an event. */
export const joinReply = (client: Client, id: string, lastEventId?: string) =>
  client.request(
    'GET',
    `/api/conversations/${id}/stream`,
    undefined,
    lastEventId === undefined ? {} : { 'last-event-id': lastEventId },
  )

export const stopReply = (client: Client, id: string, body: object = {}) =>
  client.post(`/api/conversations/${id}/stop`, body)

/** What is the same however the text was divided: its events but the deltas, and the text. */
export const gist = (events: ServerEvent[]) => ({
  text: textOf(events),
  events: events.filter(({ event }) => event !== 'delta'),
})

/** What is being written in a conversation, kept in this browser until it is sent. */
const nameOf = (id: string): string => `hilo.draft.${id}`

export const draftOf = (id: string): string => localStorage.getItem(nameOf(id)) ?? ''

export function keepDraft(id: string, text: string): void {
  if (text === '') localStorage.removeItem(nameOf(id))
  else localStorage.setItem(nameOf(id), text)
}

import type { FileUIPart } from 'ai'

/** What is being written in a conversation, and the files beside it, kept in this browser until they are sent. */
const nameOf = (id: string): string => `hilo.draft.${id}`
const filesNameOf = (id: string): string => `${nameOf(id)}.files`

export const draftOf = (id: string): string => localStorage.getItem(nameOf(id)) ?? ''

export const draftFilesOf = (id: string): FileUIPart[] =>
  JSON.parse(localStorage.getItem(filesNameOf(id)) ?? '[]') as FileUIPart[]

export const keepDraft = (id: string, text: string): void => keep(nameOf(id), text)

export const keepDraftFiles = (id: string, files: FileUIPart[]): void =>
  keep(filesNameOf(id), files.length === 0 ? '' : JSON.stringify(files))

function keep(name: string, value: string): void {
  try {
    if (value === '') localStorage.removeItem(name)
    else localStorage.setItem(name, value)
  } catch {
    // There is no room for it. What was kept before is not what is there now.
    localStorage.removeItem(name)
  }
}

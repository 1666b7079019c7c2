import type { FileUIPart } from 'ai'

import { device } from '../state/shelf.ts'

/** What is being written in a conversation, and the files beside it, kept in this browser until they are sent. */
const nameOf = (id: string): string => `hilo.draft.${id}`
const filesNameOf = (id: string): string => `${nameOf(id)}.files`

export const draftOf = (id: string): string => device.get(nameOf(id)) ?? ''

export const draftFilesOf = (id: string): FileUIPart[] => device.read(filesNameOf(id), [])

export const keepDraft = (id: string, text: string): void => device.put(nameOf(id), text || null)

export const keepDraftFiles = (id: string, files: FileUIPart[]): void =>
  device.put(filesNameOf(id), files.length === 0 ? null : JSON.stringify(files))

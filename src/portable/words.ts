import type { Role } from '../contract/message.ts'

/** What an export says itself, to people. */
export interface Words {
  roles: Record<Role, string>
  untitled: string
  created: string
  updated: string
  archived: string
  interrupted: string
  toolCall: string
  toolResult: string
  image: string
  file: string
  reasoning: string
  source: string
  /** How many messages a file does not hold. */
  leftOut: (count: number) => string
}

const es: Words = {
  roles: { system: 'Sistema', user: 'Usuario', assistant: 'Asistente', tool: 'Herramienta' },
  untitled: 'Sin título',
  created: 'Creada',
  updated: 'actualizada',
  archived: 'archivada',
  interrupted: 'interrumpido',
  toolCall: 'Llamada a',
  toolResult: 'Resultado',
  image: 'imagen',
  file: 'archivo',
  reasoning: 'Razonamiento',
  source: 'Fuente',
  leftOut: (count) =>
    count === 1
      ? '1 mensaje de otra rama no está aquí'
      : `${count} mensajes de otras ramas no están aquí`,
}

const en: Words = {
  roles: { system: 'System', user: 'User', assistant: 'Assistant', tool: 'Tool' },
  untitled: 'Untitled',
  created: 'Created',
  updated: 'updated',
  archived: 'archived',
  interrupted: 'interrupted',
  toolCall: 'Call of',
  toolResult: 'Result',
  image: 'image',
  file: 'file',
  reasoning: 'Reasoning',
  source: 'Source',
  leftOut: (count) =>
    count === 1
      ? '1 message of another branch is not in here'
      : `${count} messages of other branches are not in here`,
}

/** @param language BCP 47 */
export const wordsIn = (language: string): Words => (/^es\b/i.test(language) ? es : en)

/** @param iso ISO 8601, UTC */
export const dateOf = (iso: string): string => `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`

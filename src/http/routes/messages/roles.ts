import { v7 as uuidv7 } from 'uuid'

import type { Caller } from '../../../contract/caller.ts'
import { isFileId } from '../../../contract/file.ts'
import { type Draft, type NewMessage, toDraft } from '../../../contract/message.ts'
import { isKnownPart } from '../../../contract/part.ts'
import { isOn } from '../../../settings.ts'
import { Problem } from '../../frame/problem.ts'

type RoleEnv = Pick<Env, 'ALLOW_CLIENT_ASSISTANT' | 'ALLOW_CLIENT_SYSTEM'>

const ofServices = ['model', 'tokens_used', 'finish_reason', 'status'] as const

/**
 * A request's messages as they are to be kept, if the caller may write them at all. Each gets an id here, if
 * the client gave it none: so a call that the platform lost can be made again without doubling a message.
 */
export function toDrafts(env: RoleEnv, caller: Caller, messages: NewMessage[]): Draft[] {
  if (caller.service === null) {
    refuseForeignRoles(env, messages)
    refuseProviderIds(messages)
  }
  const origin = caller.service ? 'service' : 'client'
  return messages.map((message) => toDraft(message, message.id ?? uuidv7(), origin))
}

function refuseForeignRoles(env: RoleEnv, messages: NewMessage[]): void {
  const allowed = {
    user: true,
    tool: true,
    assistant: isOn(env, 'ALLOW_CLIENT_ASSISTANT', false),
    system: isOn(env, 'ALLOW_CLIENT_SYSTEM', false),
  }
  const errors = messages.flatMap((message, index) => [
    ...(allowed[message.role]
      ? []
      : [
          {
            pointer: `/messages/${index}/role`,
            detail: `Only services write ${message.role} messages, unless ALLOW_CLIENT_${message.role.toUpperCase()} is on`,
          },
        ]),
    ...ofServices
      .filter((field) => message[field] !== undefined && message[field] !== null)
      .map((field) => ({
        pointer: `/messages/${index}/${field}`,
        detail: 'Only services send this',
      })),
  ])
  if (errors.length > 0) {
    throw new Problem('not-permitted', { detail: 'Nothing of this request was stored.', errors })
  }
}

// One visitor could name another's file: all of them are in the one account that the deployment has at its provider.
function refuseProviderIds(messages: NewMessage[]): void {
  const errors = messages.flatMap(({ parts }, index) =>
    (parts ?? []).flatMap((part, place) =>
      isKnownPart(part) &&
      part.type === 'file' &&
      part.file.file_id !== undefined &&
      !isFileId(part.file.file_id)
        ? [
            {
              pointer: `/messages/${index}/parts/${place}/file/file_id`,
              detail: 'Only services name files of the provider. Send `file_data`',
            },
          ]
        : [],
    ),
  )
  if (errors.length > 0) {
    throw new Problem('invalid-request', { detail: 'Nothing of this request was stored.', errors })
  }
}

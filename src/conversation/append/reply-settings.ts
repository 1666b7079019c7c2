import type { Caller } from '../../contract/caller.ts'
import { type Refusal, refuse, refuseSetting } from '../../contract/problem.ts'
import type { Model } from '../../model/model.ts'
import { allowedModels, openModel } from '../../model/open.ts'
import { wholeNumber } from '../../settings.ts'
import { isKeptFromModel, notForAnonymous } from '../context/anonymous.ts'
import { contextLimits } from '../context/context-limits.ts'
import type { ContextLimits } from '../context/context.ts'
import type { Head } from '../log/rows.ts'

/** What the deployment says about replies. */
export interface ReplySettings {
  model: Model
  limits: ContextLimits
  /** The models that anybody may name. */
  allowed: string[]
  isKept: boolean
}

/** Read before anything is stored: a setting that makes no sense is no reason to keep half a turn. */
export function settingsOf(
  env: Env,
  head: Pick<Head, 'userId'>,
): ({ ok: true } & ReplySettings) | Refusal {
  try {
    const model = openModel(env)
    if (model === null) return refuse('no-model', { detail: 'Nothing was stored. Append instead.' })
    const isKept = isKeptFromModel(env, head)
    const allowed = allowedModels(env)
    wholeNumber(env, 'MODEL_NEXT_TOKEN_TIMEOUT_S')
    return { ok: true, model, limits: contextLimits(env), allowed, isKept }
  } catch (error) {
    return refuseSetting(error, ' Nothing was stored.')
  }
}

export function admitModel(
  { allowed, isKept }: ReplySettings,
  caller: Caller,
  model: string | undefined,
): Refusal | null {
  // A service decides by itself whom it spends the model on.
  if (caller.service) return null
  if (isKept) return notForAnonymous()
  if (model === undefined || allowed.includes(model)) return null
  const detail = 'Not one of the models that this deployment allows'
  return refuse('not-permitted', { errors: [{ pointer: '/model', detail }] })
}

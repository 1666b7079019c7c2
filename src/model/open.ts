import { list, modelEndpoint, modelProvider } from '../settings.ts'
import { compatOf } from './compat.ts'
import type { Model } from './model.ts'
import { offlineModel } from './offline.ts'
import { openaiModel } from './openai.ts'

type ModelEnv = Pick<
  Env,
  | 'MODEL_PROVIDER'
  | 'MODEL_BASE_URL'
  | 'MODEL_API_KEY'
  | 'MODEL_NAME'
  | 'SUMMARY_MODEL_NAME'
  | 'ALLOWED_MODELS'
  | 'MAX_OUTPUT_TOKENS'
  | 'MODEL_COMPAT'
  | 'MODEL_FIRST_TOKEN_TIMEOUT_S'
>

/** The model of this deployment; null if its back end runs its own. Throws `SettingError`. */
export function openModel(env: ModelEnv): Model | null {
  switch (modelProvider(env)) {
    case 'none':
      return null
    case 'offline':
      return offlineModel
    case 'openai':
      return openaiModel({ ...modelEndpoint(env), compat: compatOf(env) })
  }
}

/** The models that anybody may ask for, beside the one that answers by itself. */
export const allowedModels = (env: Pick<Env, 'ALLOWED_MODELS' | 'MODEL_NAME'>): string[] => [
  ...list(env, 'MODEL_NAME'),
  ...list(env, 'ALLOWED_MODELS'),
]

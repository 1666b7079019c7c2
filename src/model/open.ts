import { SettingError, list, requiredSecret, requiredText, text, wholeNumber } from '../settings.ts'
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
  | 'MODEL_FIRST_TOKEN_TIMEOUT_S'
>

/** The model of this deployment; null where its back end runs its own. Throws `SettingError`. */
export function openModel(env: ModelEnv): Model | null {
  const provider = text(env, 'MODEL_PROVIDER')
  switch (provider) {
    case 'none':
      return null
    case 'offline':
      return offlineModel
    case 'openai':
      return openaiModel({
        apiKey: requiredSecret(env, 'MODEL_API_KEY'),
        baseURL: requiredText(env, 'MODEL_BASE_URL'),
        model: requiredText(env, 'MODEL_NAME'),
        summaryModel: text(env, 'SUMMARY_MODEL_NAME') ?? requiredText(env, 'MODEL_NAME'),
        maxOutputTokens: wholeNumber(env, 'MAX_OUTPUT_TOKENS'),
        timeout: wholeNumber(env, 'MODEL_FIRST_TOKEN_TIMEOUT_S', 60) * 1000,
      })
    case undefined:
    default:
      throw new SettingError(
        `MODEL_PROVIDER is ${provider === undefined ? 'not set' : 'none of these'}. ` +
          'Set it to openai, offline or none under [vars] in wrangler.toml; locally, in .dev.vars.',
      )
  }
}

/** The models that anybody may ask for, beside the one that answers by itself. */
export const allowedModels = (env: Pick<Env, 'ALLOWED_MODELS' | 'MODEL_NAME'>): string[] => [
  ...list(env, 'MODEL_NAME'),
  ...list(env, 'ALLOWED_MODELS'),
]

import { createHash } from 'node:crypto'

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

/** The services that the Worker under test knows, and their tokens. */
export const serviceTokens = {
  backend: 'token-of-the-backend',
  staff: 'token-of-the-staff',
  login: 'token-of-the-login-callback',
  'login-for': 'token-of-a-login-callback-that-acts',
  migration: 'token-of-a-migration',
  eraser: 'token-of-a-service-that-erases',
  privacy: 'token-of-a-back-end-that-acts-and-erases',
  counsel: 'token-of-the-legal-department',
  'counsel-for': 'token-of-a-legal-department-that-acts',
  operator: 'token-of-the-operator',
  nobody: 'token-of-a-service-without-scopes',
}

/** The secrets and settings of the Worker under test; tests make tokens of their own with them. */
export const bindings = {
  SESSION_SECRET: 'a session secret for tests long enough to be taken',
  AUTH_JWT_SECRET: 'a user secret for tests long enough to be taken too',
  SERVICE_TOKENS: JSON.stringify({
    backend: { sha256: [sha256(serviceTokens.backend)], scopes: ['act'] },
    staff: { sha256: [sha256(serviceTokens.staff)], scopes: ['read-all'] },
    'login-for': { sha256: [sha256(serviceTokens['login-for'])], scopes: ['act', 'link'] },
    login: { sha256: [sha256(serviceTokens.login)], scopes: ['link'] },
    migration: { sha256: [sha256(serviceTokens.migration)], scopes: ['link', 'link-unproven'] },
    eraser: { sha256: [sha256(serviceTokens.eraser)], scopes: ['erase'] },
    privacy: { sha256: [sha256(serviceTokens.privacy)], scopes: ['act', 'erase'] },
    counsel: { sha256: [sha256(serviceTokens.counsel)], scopes: ['hold'] },
    'counsel-for': { sha256: [sha256(serviceTokens['counsel-for'])], scopes: ['act', 'hold'] },
    operator: { sha256: [sha256(serviceTokens.operator)], scopes: ['admin'] },
    nobody: { sha256: [sha256(serviceTokens.nobody)], scopes: [] },
  }),
  MODEL_PROVIDER: 'openai',
  MODEL_BASE_URL: 'https://model.test/v1',
  MODEL_API_KEY: 'test-key',
  MODEL_NAME: 'test-model',
  ALLOWED_MODELS: 'other-model',
  ALLOWED_ORIGINS: 'https://app.test, http://localhost:*',
  RATE_LIMITS: 'off',
}

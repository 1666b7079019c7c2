/** The secrets and settings of the Worker under test. Also read by tests, to make tokens of their own. */
export const bindings = {
  SESSION_SECRET: 'a session secret for tests, long enough to be taken',
  AUTH_JWT_SECRET: 'a user secret for tests, long enough to be taken, too',
  MODEL_PROVIDER: 'openai',
  MODEL_BASE_URL: 'https://model.test/v1',
  MODEL_API_KEY: 'test-key',
  MODEL_NAME: 'test-model',
  ALLOWED_MODELS: 'other-model',
  ALLOWED_ORIGINS: 'https://app.test, http://localhost:*',
  RATE_LIMITS: 'off',
}

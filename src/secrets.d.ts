// Secrets may not be named in wrangler.toml's [vars], so `wrangler types` knows nothing of them.
declare namespace Cloudflare {
  interface Env {
    SESSION_SECRET?: string
    AUTH_JWT_SECRET?: string
    SERVICE_TOKENS?: string
    MODEL_API_KEY?: string
    ALERT_WEBHOOK?: string
  }
}
interface Env {
  SESSION_SECRET?: string
  AUTH_JWT_SECRET?: string
  SERVICE_TOKENS?: string
  MODEL_API_KEY?: string
  ALERT_WEBHOOK?: string
}

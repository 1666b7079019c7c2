/**
 * Zod for the bundle, without its messages in fifty languages, a fifth of the whole: `[alias]` of wrangler.toml puts it in the place
 * of `zod`. @hono/zod-openapi takes Zod as one object, so a bundler can leave none of it out. All else is as in
 * zod/v4/classic/external.js, but `core`, which has them too.
 */
export * from '../node_modules/zod/v4/classic/schemas.js'
export * from '../node_modules/zod/v4/classic/checks.js'
export * from '../node_modules/zod/v4/classic/errors.js'
export * from '../node_modules/zod/v4/classic/parse.js'
export * from '../node_modules/zod/v4/classic/compat.js'
export {
  $brand,
  $input,
  $output,
  NEVER,
  TimePrecision,
  clone,
  config,
  flattenError,
  formatError,
  globalRegistry,
  prettifyError,
  regexes,
  registry,
  treeifyError,
  util,
} from '../node_modules/zod/v4/core/index.js'
export { toJSONSchema } from '../node_modules/zod/v4/core/json-schema-processors.js'
export * as iso from '../node_modules/zod/v4/classic/iso.js'
export * as coerce from '../node_modules/zod/v4/classic/coerce.js'
export * as z from './zod.ts'

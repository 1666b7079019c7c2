import { env } from 'cloudflare:workers'
import * as fc from 'fast-check'

/** What property tests draw from: the number in `SEED`, or with `random` a new one, printed if one fails. */
if (env.SEED !== 'random') fc.configureGlobal({ seed: Number(env.SEED) })

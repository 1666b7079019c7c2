import * as z from 'zod'

import { isDeeper } from '../../contract/depth.ts'
import { Json } from '../../contract/json.ts'
import { ProblemBody, type ProblemType } from '../../contract/problem.ts'
import { forBodies, forCallers, problemsIn } from '../frame/openapi.ts'

const Refused = ProblemBody.extend({ message: z.string(), error: z.string() }).meta({
  id: 'AssistantUiError',
  description: 'A problem, as Assistant Cloud says it',
})

/** The problems that a route may answer with, as its client takes them. */
export const refusals = (...types: ProblemType[]) =>
  problemsIn({ 'application/json': { schema: Refused } }, [...forCallers, ...forBodies, ...types])

export const tags = ['assistant-ui']

/** How deep a message's content may be nested; it is kept two levels deeper. */
const DEPTH = 60

/** A message's content, which is given back as it came. */
export const Content = Json.refine(
  (value) => !isDeeper(value, DEPTH),
  `Over ${DEPTH} levels deep`,
).meta({
  type: 'object',
  additionalProperties: true,
})

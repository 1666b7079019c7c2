import type * as z from 'zod'

import type { Draft } from '../../contract/message.ts'
import type { Asked, OnBusy, Series, Tool, ToolChoice } from '../../contract/reply.ts'

export interface TurnRequest {
  drafts: Draft[]
  model?: string | undefined
  tools?: Tool[] | undefined
  tool_choice?: ToolChoice | undefined
  on_busy?: z.infer<typeof OnBusy>
  /** The message that the first one follows, or if there is none, the one to be answered; undefined for the head. */
  parent_id?: string | null | undefined
  /** The id of the reply; the same request again finds that one. */
  reply_id?: string | undefined
  /** What only the rooms of other protocols say. */
  asked?: Asked | undefined
  series?: Series | undefined
  /** The deployment's own address. */
  origin?: string | undefined
}

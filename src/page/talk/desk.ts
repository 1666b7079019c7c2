import { headersFor } from '../api/hilo.ts'

let answer: Promise<boolean> | null = null

async function asked(owner: string): Promise<boolean> {
  try {
    const { status } = await fetch('/api/conversations?limit=1', { headers: headersFor(owner) })
    return status !== 403
  } catch (error) {
    answer = null
    throw error
  }
}

/** Whether the service whose token this is may act for people: asked once, with the owner that is first at hand. */
export const mayAct = (owner: string): Promise<boolean> => (answer ??= asked(owner))

import type { Message } from '../../contract/message.ts'
import { type Addresses, addressesOf, filesIn, withAddresses } from '../../files/addressed.ts'
import { ownerOf } from '../../storage/usage.ts'
import type { Core } from '../duties/core.ts'

type Origin = string | undefined

/** Makes addresses for files, so that listeners can read what a message names. */
export class Signing {
  readonly #core: Pick<Core, 'log' | 'settings'>
  readonly #failed: (error: unknown) => void

  /** @param failed is told if addresses can't be made: then there are none, and messages are told without */
  constructor(core: Pick<Core, 'log' | 'settings'>, failed: (error: unknown) => void) {
    this.#core = core
    this.#failed = failed
  }

  /** An address for each file: empty if it can't be made. */
  async addresses(origin: Origin, ids: string[]): Promise<Addresses> {
    const { log, settings } = this.#core
    const head = log.head()
    if (origin !== undefined && head !== null) {
      try {
        return await addressesOf(settings(), origin, ownerOf(head), ids, Date.now())
      } catch (error) {
        this.#failed(error)
      }
    }
    return new Map(ids.map((id) => [id, '']))
  }

  /** Messages as they are told to who listens at these addresses of the deployment. Never fails. */
  async messages(origins: Set<Origin>, messages: Message[]): Promise<Map<Origin, Message[]>> {
    const ids = filesIn(messages)
    const told = [...origins].map(
      async (origin) =>
        [origin, withAddresses(messages, await this.addresses(origin, ids))] as const,
    )
    return new Map(await Promise.all(told))
  }
}

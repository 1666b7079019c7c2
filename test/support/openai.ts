import { exports } from 'cloudflare:workers'
import OpenAI, { type ClientOptions } from 'openai'

import type { Client } from './api.ts'

/** The stock client, as somebody: its network is the deployed entry. */
export const openaiFor = ({ headers }: Client, more: ClientOptions = {}): OpenAI => {
  const { authorization = 'Bearer none', ...others } = headers
  return new OpenAI({
    apiKey: authorization.replace('Bearer ', ''),
    baseURL: 'https://api.test/v1',
    defaultHeaders: others,
    fetch: (url, init) => exports.default.fetch(new Request(url as string, init as RequestInit)),
    logLevel: 'off',
    dangerouslyAllowBrowser: true,
    ...more,
  })
}

/** All of a page, and of those after it. */
export async function all<T>(pages: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const one of pages) found.push(one)
  return found
}

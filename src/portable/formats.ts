import type { ExportFormat } from '../contract/portable.ts'
import { chatgpt } from './chatgpt.ts'
import { csv } from './csv.ts'
import type { Format } from './format.ts'
import { html } from './html.ts'
import { json } from './json.ts'
import { markdown } from './markdown.ts'
import { ndjson } from './ndjson.ts'
import { openai } from './openai.ts'
import { sharegpt } from './sharegpt.ts'

export const formats: Record<ExportFormat, Format> = {
  ndjson,
  json,
  markdown,
  html,
  openai,
  sharegpt,
  chatgpt,
  csv,
}

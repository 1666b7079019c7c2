/** Words that come in several forms, in any case of letters. */
const anyOf = (...forms: RegExp[]): RegExp =>
  new RegExp(forms.map(({ source }) => source).join('|'), 'is')

interface QuirkOf {
  /** What a request must hold, as JSON, so that leaving it out can help: one of these. */
  body: string[]
  /** What it must not hold. */
  without?: string
  /** What a refusal says then. */
  says: RegExp
}

/** What an endpoint does not take, and what it is sent in its place. MODEL_COMPAT names them. */
export const quirks = {
  /** The older name of the field that bounds the answer. */
  max_tokens: { body: ['"max_completion_tokens":'], says: /max_?\w*_?tokens/i },
  /** No bound at all. */
  'no-max-tokens': {
    body: ['"max_tokens":', '"max_completion_tokens":'],
    says: /max_?\w*_?tokens|in the completion|maximum context length|tokens per min\w*\W.{0,40}requested/i,
  },
  'no-stream-options': { body: ['"stream_options":'], says: /stream_?options|include_?usage/i },
  /** Reasoning with every message of the model, if only a blank: one of another model has none. */
  'with-reasoning': {
    body: ['"role":"assistant"'],
    says: anyOf(
      /reasoning_content\W.{0,60}(passed back|missing|required)/,
      /(missing|requires?)\W.{0,40}reasoning_content/,
    ),
  },
  /** No reasoning, and nothing else, of what it sent with its calls. */
  'no-reasoning': {
    body: [
      '"reasoning_content":',
      '"reasoning":',
      '"reasoning_details":',
      '"thinking_blocks":',
      '"extra_content":',
      '"provider_specific_fields":',
    ],
    says: /^(?!.*(missing|passed back|found `?tool_use)).*(reasoning|thinking|extra_content|provider_specific|(corrupt\w*|invalid) thought)/is,
  },
  /** Calls that another model made become text: some endpoints want what only they send with a call. */
  'no-foreign-calls': {
    body: ['"tool_calls":'],
    says: /^(?!.*(corrupt\w*|invalid) thought).*thought.?signature|expected `?(thinking|redacted_thinking)/is,
  },
  /** Calls become text if no tools are offered. */
  'no-bare-calls': {
    body: ['"tool_calls":'],
    without: '"tools":',
    says: /toolConfig|must define tools|`tools=?`? (param|must|field|is required)/i,
  },
  /** The system's words as the beginning of the first message. */
  'no-system': {
    body: ['"role":"system"'],
    says: anyOf(
      /(system|developer)\W+(role|instruction|message|prompt)/,
      /role\W[^.]{0,40}\b(system|developer)\b/,
      /roles must alternate|only user and assistant|should be 'user' or 'assistant'/,
    ),
  },
  'no-tool-choice': { body: ['"tool_choice":'], says: /tool_?choice/i },
  /** No tools, and calls become text. */
  'no-tools': {
    body: ['"tools":', '"tool_calls":'],
    says: anyOf(
      /support\w* (tools?\b|(tool|function)\W?(use|call))/,
      /\b(tools|(tool|function)\W?(use|call(s|ing)?))\W{1,2}((is|are)(n't| not| currently not| un)|not\b)/,
      /\b(param|parameter|argument|field|name)\b\W+(supplied\W+)?tools\b|\bbody\W{1,6}tools\b/,
      /tool choice requires|tools param requires/,
      /role\W{0,4}tool\b|roles must alternate|only user and assistant/,
    ),
  },
  /** No ids of calls but those that every endpoint takes, each once: behind a gateway another model may read them. */
  'safe-ids': {
    body: ['"tool_call_id":'],
    says: anyOf(
      /(tool_calls\W{1,3}\d+\W{1,3}id|tool_use\W{1,2}ids?)\b.*(too long|maximum length|pattern|unique)/,
      /tool_call_id\b.*(too long|maximum length|pattern|unique|duplicate)|duplicate\b.*tool_?call_?id/,
    ),
  },
  /** Ids of calls as Mistral wants them: nine letters or digits. */
  'short-ids': {
    body: ['"tool_call_id":'],
    says: /tool.?call.?id\b.*(\b9\b|length|character)/is,
  },
  /** Nothing in the place of a text that says nothing, and a word in that of a result. */
  'no-blanks': {
    body: ['"content":""', '"role":"tool"'],
    says: /\bblank\b|non-?empty|(not|n't|cannot) be empty|is empty|empty (content|text|message)|\.text\W{1,4}field required/i,
  },
  /** Pictures become their names. */
  'no-images': {
    body: ['"image_url":'],
    says: /image|vision|multi-?modal|(valid|be a) string/i,
  },
  /** No `temperature` and no `top_p`. */
  'no-sampling': { body: ['"temperature":', '"top_p":'], says: /temperature|\btop_?p\b/i },
  'no-effort': { body: ['"reasoning_effort":'], says: /reasoning_?effort/i },
  /** No form that the answer must have. */
  'no-format': { body: ['"response_format":'], says: /response_?format|json_(schema|object)/i },
  'no-parallel': { body: ['"parallel_tool_calls":'], says: /parallel_?tool_?calls/i },
  /** Files become their names. */
  'no-files': {
    body: ['"type":"file"'],
    says: /file|document|pdf|(valid|be a) string/i,
  },
  /** No reason to have finished: `[DONE]` says so alone. Only the settings know it, for others end so when they are cut. */
  'no-finish-reason': { body: [], says: /(?!)/ },
  /** What is asked in the background is streamed as well. */
  'only-stream': {
    body: ['"messages":'],
    without: '"stream":true',
    says: /non-?stream|only supports? stream|\bstream\W{0,2} (mode|must|parameter|is required)|非流式/i,
  },
} as const satisfies Record<string, QuirkOf>

export type Quirk = keyof typeof quirks
export type Quirks = ReadonlySet<Quirk>

export const quirkNames = Object.keys(quirks) as Quirk[]

/** Whether leaving this out of a request could help against a refusal with these words. */
export function helps(quirk: Quirk, sent: string, said: string): boolean {
  const { body, without, says }: QuirkOf = quirks[quirk]
  const isSent = body.some((one) => sent.includes(one))
  return isSent && says.test(said) && (without === undefined || !sent.includes(without))
}

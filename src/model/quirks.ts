/** Words that come in several forms, in any case of letters. */
export const anyOf = (...forms: RegExp[]): RegExp =>
  new RegExp(forms.map(({ source }) => source).join('|'), 'is')

/** A list of the roles that are taken, in which only those of a person and the model stand. */
const ONLY_TWO_ROLES =
  /roles (must|should) (be )?alternat|(only|be|be one of|values are:?|expected) \W*user\W+((or|and)\W+)?assistant\b/

/** The same with the system's. */
const SYSTEM_AND_TWO = /\bsystem\W+user\W+((or|and)\W+)?assistant\b/i

interface QuirkOf {
  /** What a request must hold, as JSON, so that leaving it out can help: one of these. */
  body: string[]
  /** What it must not hold. */
  without?: string
  /** What a refusal says then. */
  says: RegExp
  /** And what it does not say. */
  saysNot?: RegExp
}

/** What an endpoint does not take, and what it is sent in its place. MODEL_COMPAT names them. */
export const quirks = {
  /** The older name of the field that bounds the answer. */
  max_tokens: { body: ['"max_completion_tokens":'], says: /max_?\w*_?tokens/i },
  /** No bound at all. */
  'no-max-tokens': {
    body: ['"max_tokens":', '"max_completion_tokens":'],
    says: anyOf(
      /max_?\w*_?tokens|\bmax\w*\W+(\w+\W+){0,3}tokens|in the completion|maximum context length/,
      /output (token|length)|maximum output|tokens to generate|tokens per min\w*\W.{0,40}requested/,
    ),
  },
  'no-stream-options': {
    body: ['"stream_options":'],
    says: /stream[\W_]?options|include[\W_]?usage/i,
  },
  /** With tools, the answer whole. */
  'no-stream-with-tools': {
    body: ['"tools":'],
    says: anyOf(
      /\b(tool|function)s?\b[^."{]{0,40}\bstream(ing)?\b/,
      /\bstream(ing)?\b[^."{]{0,40}\b(tool|function)s?\b/,
    ),
  },
  /** The answer whole. */
  'no-stream': {
    body: ['"stream":true'],
    says: anyOf(
      /to stream this model/,
      /\bstream(ing|ed)?\b\W+((mode|output|responses?|is|are|was)\W+)*(not\b|un(supported|available))/,
      /(not|n't|cannot) (support )?stream(ing)?\b(?!.options)/,
    ),
  },
  /** Reasoning with every message of the model, if only a blank: one of another model has none. */
  'with-reasoning': {
    body: ['"role":"assistant"'],
    says: anyOf(
      /reasoning_content\W.{0,60}(passed back|missing|required|provided)/,
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
  /** Calls that another model made, or that came with nothing else, become text: some endpoints want back what they send with one. */
  'no-foreign-calls': {
    body: ['"tool_calls":'],
    says: /^(?!.*(corrupt\w*|invalid) thought).*thought.?signature|expected `?(thinking|redacted_thinking)/is,
  },
  /** Calls become text if no tools are offered. */
  'no-bare-calls': {
    body: ['"tool_calls":'],
    without: '"tools":',
    says: /toolConfig|must define \W{0,3}tools|\btools\W{1,4}(param|must|field|is required)/i,
  },
  /** The system's words as the beginning of the first message. */
  'no-system': {
    body: ['"role":"system"'],
    says: anyOf(
      /(system|developer)\W+(role|instruction|message|prompt)/,
      /role\W[^.]{0,40}\b(system|developer)\b/,
      /\W(system|developer)\W+is not\b|(variant|value:?)\W+(system|developer)\b|不支持\W*system/,
      ONLY_TWO_ROLES,
      /(first|start|begin)\w*\b[^.]{0,40}\buser\b/,
    ),
    // A list of the roles that are taken, the system's among them.
    saysNot: SYSTEM_AND_TWO,
  },
  'no-tool-choice': { body: ['"tool_choice":'], says: /tool[\W_]?choice/i },
  /** No tools, and calls become text. */
  'no-tools': {
    body: ['"tools":', '"tool_calls":'],
    says: anyOf(
      /support\w* (the )?(tools?\b|functions\b|(tool|function)[\W_]?(use|call))/,
      /\b(tools|functions|(tool|function)[\W_]?(use|call(s|ing)?))\W{1,4}((is|are|was|has|have)(n't| not| currently not| un)|not\b|un(supported|known|expected)|extra)/,
      /\b(param|parameter|argument|field|name|unsupported)(s|\(s\))?\W+(supplied\W+)?tools\b|\bbody\W{1,6}tools\b/,
      /tool choice requires|tools param requires|不支持.{0,8}(工具|函数|tool|function)/,
      /\brole in the chat message\W+tool\b|messages\W{1,3}[1-9]\d*\W{1,3}role\b.{0,60}not in enum/,
      // Templates that know no calls break on them.
      /\bat row \d+, column \d+/,
      SYSTEM_AND_TWO,
      /role\W{0,4}tool\b|\W(variant|value:?|input\W{0,4}:)\W+tool\b|\Wtool\W+is not one of/,
      ONLY_TWO_ROLES,
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
  /** With each result the name of the tool. */
  'named-results': {
    body: ['"role":"tool"'],
    says: /function_?response\W{1,2}name|\bname cannot be empty|(tool|result)\b[^.]{0,40}\bname\W{1,3}(is )?(required|missing)/i,
  },
  /** Nothing in the place of a text that says nothing, and a word in that of a result. */
  'no-blanks': {
    body: ['"content":""', '"role":"tool"'],
    says: anyOf(
      /\bblank\b|non-?(empty|whitespace)|(not|n't|cannot) be empty|is empty|empty (content|text|message|string)/,
      /\.text\W{1,4}field required|\bcontent\b[^.]{0,20} required|at least 1 character|min_?length|不能为空|either content or/,
    ),
  },
  /** Pictures become their names. */
  'no-images': {
    body: ['"image_url":'],
    says: /image|vision|multi-?modal|(valid|be a) string/i,
  },
  /** No `temperature` and no `top_p`. */
  'no-sampling': { body: ['"temperature":', '"top_p":'], says: /temperature|\btop_?p\b/i },
  /** No effort where tools are offered: `none`, in so many words. */
  'no-effort-with-tools': {
    body: ['"tools":'],
    says: /tools with reasoning_effort|reasoning_effort\W{1,3}(to )?\W{0,3}none\b/i,
  },
  'no-effort': {
    body: ['"reasoning_effort":'],
    says: anyOf(
      /reasoning[\W_]{0,2}effort|(support\w*|invalid) (the )?(think|reasoning|effort)/,
      /\b(thinking|reasoning)( \w+)? (is|are) not/,
    ),
  },
  /** No form that the answer must have. */
  'no-format': {
    body: ['"response_format":'],
    says: /response[\W_]?(format|mime)|json[\W_](schema|object|mode)|structured[\W_]output|guided[\W_]decoding/i,
  },
  'no-parallel': {
    body: ['"parallel_tool_calls":'],
    says: /parallel[\W_]?tool|single tool/i,
  },
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
  const { says, saysNot }: QuirkOf = quirks[quirk]
  return isSent(quirk, sent) && says.test(said) && saysNot?.test(said) !== true
}

/** Whether a request holds what this leaves out. */
export function isSent(quirk: Quirk, sent: string): boolean {
  const { body, without }: QuirkOf = quirks[quirk]
  return body.some((one) => sent.includes(one)) && !(without && sent.includes(without))
}

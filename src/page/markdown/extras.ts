import 'katex/dist/katex.min.css'
import type { Options } from 'react-markdown'
import rehypeHighlight from 'rehype-highlight'
import rehypeKatex from 'rehype-katex'
import remarkMath from 'remark-math'

export interface Extras {
  remark: NonNullable<Options['remarkPlugins']>
  rehype: NonNullable<Options['rehypePlugins']>
}

/** Colours for code, and mathematics. A chunk of its own: most texts have neither. */
export const extras: Extras = {
  remark: [[remarkMath, { singleDollarTextMath: false }]],
  rehype: [
    [rehypeKatex, { strict: 'ignore', trust: false, maxExpand: 100, output: 'htmlAndMathml' }],
    [rehypeHighlight, { detect: true, plainText: ['text', 'txt', 'plain'] }],
  ],
}

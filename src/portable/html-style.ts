/** The style of an exported page. */
export const style = `
:root { color-scheme: light dark; --ink: #1d1d1f; --soft: #6b6b70; --paper: #fdfcfa; --shade: #f1efea; --line: #dedbd3; --mark: #a2542b }
@media (prefers-color-scheme: dark) { :root { --ink: #e9e7e2; --soft: #9c9a94; --paper: #17171a; --shade: #232327; --line: #38383d; --mark: #e0976b } }
* { box-sizing: border-box }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1.0625rem/1.6 Charter, "Bitstream Charter", "Sitka Text", Cambria, Georgia, serif }
main { max-width: 44rem; margin: 0 auto; padding: 2rem 1.25rem 6rem }
article + article { margin-top: 5rem; border-top: 3px double var(--line) }
h1 { margin: 2rem 0 .25rem; font-size: 1.9rem; line-height: 1.2; text-wrap: balance; overflow-wrap: anywhere }
.dates, h2, summary, .part { font-family: system-ui, sans-serif; color: var(--soft) }
.dates { margin: 0 0 2rem; font-size: .8125rem }
section { margin: 0 0 1.75rem }
section.user { padding: .75rem 1rem; background: var(--shade); border-radius: .5rem }
section.system { font-style: italic }
h2 { margin: 0 0 .25rem; font-size: .8125rem; font-weight: 600 }
.assistant h2 { color: var(--mark) }
h2 small { font-size: inherit; font-weight: 400; color: var(--soft) }
p { margin: 0 0 .75rem }
.text, li, th, td, h3, h4, h5, h6 { white-space: pre-wrap; overflow-wrap: anywhere }
h3, h4, h5, h6 { margin: 1.25rem 0 .5rem; font-size: 1.0625rem; line-height: 1.3 }
h3 { font-size: 1.3rem }
h4 { font-size: 1.15rem }
ul, ol { margin: 0 0 .75rem; padding-inline-start: 1.75rem }
li > .text, li > ul, li > ol { margin-bottom: .25rem }
blockquote { margin: 0 0 .75rem; padding-inline-start: 1rem; border-inline-start: 3px solid var(--line); color: var(--soft) }
hr { margin: 1.5rem 0; border: 0; border-top: 1px solid var(--line) }
code { font: .875em ui-monospace, "Cascadia Code", Menlo, Consolas, monospace }
.table { margin: 0 0 .75rem; overflow-x: auto }
table { border-collapse: collapse; font-size: .9375rem }
th, td { padding: .25rem .625rem; border: 1px solid var(--line); vertical-align: top; overflow-wrap: break-word }
.part { font-size: .875rem; overflow-wrap: anywhere }
a { color: inherit }
img { max-width: 100%; height: auto; border-radius: .25rem }
pre { margin: 0 0 .75rem; padding: .75rem 1rem; overflow-x: auto; border: 1px solid var(--line); border-radius: .375rem; background: var(--shade); font: .875rem/1.5 ui-monospace, "Cascadia Code", Menlo, Consolas, monospace }
pre code { font: inherit }
section.user pre { background: var(--paper) }
details { margin: 0 0 .75rem }
summary { cursor: pointer; font-size: .875rem }
details pre { margin-top: .5rem }
@media print {
  :root { --ink: #000; --soft: #444; --paper: #fff; --shade: #fff; --line: #bbb; --mark: #000 }
  body { font-size: 10.5pt }
  main { max-width: none; padding: 0 }
  article + article { break-before: page; margin: 0; border: 0 }
  section.user { padding: 0 0 0 .75rem; border-left: 2px solid var(--line); border-radius: 0 }
  h1, h2, h3, h4, h5, h6 { break-after: avoid }
  pre { white-space: pre-wrap; overflow-wrap: anywhere }
}
`

/** What the page's policy allows: this style and no other. A test computes it anew. */
export const styleHash = 'sha256-QbnAzH4rUIkFZy6M349mf0nPUPhNE4QNVH5NVqoxD0Y='

import { wordsOf } from '../parts.ts'
import { type Fields, fieldsOf, isFields, listOf, textOf } from '../values.ts'

/** The words that a mark holds itself, for what nothing else is told of; nothing of one that only cites. */
export function wordsIn(mark: string): string {
  // An older mark may name the file that it cites.
  const [, file] = /^【[\d:]+†(.+\.\w{1,5})】$/.exec(mark) ?? []
  if (file !== undefined) return `(${file})`
  const [kind = '', said = '', address = ''] = mark.slice(1, -1).split('\uE202')
  if (kind === 'url') return /^https?:/.test(address) ? `[${said}](${address})` : said
  if (kind === 'navlist' || kind === 'video') return said
  if (kind === 'genui') return shownBy(said)
  const value = valueIn(said)
  if (kind === 'products') {
    const names = listOf(fieldsOf(value)['selections']).map((one) => textOf(listOf(one)[1]))
    return names.map((name) => `- ${name}`).join('\n')
  }
  return kind === 'product' || kind.endsWith('entity') ? textOf(listOf(value)[1]) : ''
}

/** What a widget shows: a formula, or the words that it was given. */
function shownBy(said: string): string {
  const [, name = '', formula = ''] =
    /^\s*\{\s*"([^"]*)"\s*:\s*\{\s*"content"\s*:\s*"((?:[^"\\]|\\.)*)"/.exec(said) ?? []
  if (/math|latex/.test(name)) return `$$\n${formulaIn(formula)}\n$$`
  const value = valueIn(said)
  return isFields(value) && !('citation' in value) ? wordsOf(Object.values(value)) : ''
}

/** A formula as it was written: some models forget to double its backslashes, which JSON takes for signs then. */
function formulaIn(written: string): string {
  const text = textOf(valueIn(`"${written}"`))
  const isMeant = text !== '' && !/[\b\f\r\t]/.test(text)
  return (isMeant ? text : written.replaceAll('\\"', '"').replaceAll('\\\\', '\\')).trim()
}

function valueIn(said: string): unknown {
  try {
    return JSON.parse(said)
  } catch {
    return null
  }
}

/** All pages that a reference names, in whichever field of its kind. */
export const pagesOf = (reference: Fields): unknown[] => {
  const { items, sources, fallback_items: others, item, product, products, images } = reference
  const shown = listOf(images).map((one) => fieldsOf(one)['image_result'])
  return [items, sources, others, [item, product], products, shown]
    .flatMap(listOf)
    .flatMap((page) => [page, ...listOf(fieldsOf(page)['supporting_websites'])])
}

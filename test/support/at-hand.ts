import type { Plugin } from 'vite'

const lazy = /await import\(('[^']+')\)/g

/**
 * Loads with the Worker what it imports only when it is needed. In the bundle that is one file, and waits for nothing. Here
 * every such import asks Vite anew, and requests that want the same at once share the first one's question: if that request ends
 * before its answer, all the others wait for ever, since the runtime drops what an ended request waits for.
 */
export const atHand = (): Plugin => ({
  name: 'at-hand',
  enforce: 'pre',
  transform(code, id) {
    if (!/\/src\/(files|http|model|portable)\/[\w/-]+\.ts$/.test(id)) return null
    const names: string[] = []
    const eager = code.replaceAll(lazy, (_, path: string) => {
      names.push(path)
      return `atHand${names.length}`
    })
    // On the first line, so that all others keep their numbers.
    const imports = names.map((path, index) => `import * as atHand${index + 1} from ${path};`)
    return names.length > 0 ? { code: imports.join(' ') + eager, map: null } : null
  },
})

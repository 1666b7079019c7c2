import './zod.ts'
import './style/tokens.css'
import './style/frame.css'
import './style/list.css'
import './style/talk.css'
import './style/prose.css'
import './style/kit.css'
import { createRoot } from 'react-dom/client'

import { takeAlong } from './api/login.ts'
import { App } from './app.tsx'
import { language, words } from './words/words.ts'

document.documentElement.lang = language
document.documentElement.dir = words.direction

const root = document.querySelector('#page')
if (root) {
  // First what a visitor said becomes the user's, so that the first list has it.
  await takeAlong().catch(() => {})
  createRoot(root).render(<App />)
}

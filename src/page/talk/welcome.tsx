import type { FileUIPart } from 'ai'
import { useEffect, useState } from 'react'

import { Mark } from '../kit/icons.tsx'
import { stay } from '../state/place.ts'
import { words } from '../words/words.ts'
import { Composer } from './composer.tsx'
import { Talker } from './talker.ts'
import { newThread } from './threads.ts'

function begin(text: string, files: FileUIPart[] = []): void {
  const thread = newThread()
  void new Talker(thread).send(text, files)
  stay(thread.id)
}

/** Before anything is said. */
export function Welcome() {
  // Under one name, so that what was begun here is here again.
  const [draftId] = useState('new')
  useEffect(() => {
    document.title = 'Hilo'
  }, [])
  return (
    <main className="stage welcome" id="talk">
      <div className="greeting">
        <Mark />
        <h1>{words.welcome}</h1>
        <p>{words.welcomeDetail}</p>
      </div>
      <Composer draftId={draftId} isRunning={false} onSend={begin} onStop={() => {}} />
      <ul className="starters">
        {words.starters.map((starter) => (
          <li key={starter}>
            <button type="button" onClick={() => begin(starter)}>
              {starter}
            </button>
          </li>
        ))}
      </ul>
    </main>
  )
}

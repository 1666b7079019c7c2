import { signOut } from '../api/login.ts'
import { Dialog } from '../kit/dialog.tsx'
import { words } from '../words/words.ts'

/** A visitor who leaves cannot come back to what they said. */
export function LeaveDialog({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title={words.forget} onClose={onClose}>
      <p>{words.forgetDetail}</p>
      <footer>
        <button type="button" className="plain" onClick={onClose}>
          {words.cancel}
        </button>
        <button type="button" className="dangerous" onClick={() => void signOut()}>
          {words.forget}
        </button>
      </footer>
    </Dialog>
  )
}

import { type Fields, fieldsOf, isFields, listOf, textOf } from '../values.ts'

/** A deep research: how it went, and its report as a message. */
export interface Research {
  status: string
  report: Fields
}

const STATE = 'The latest state of the widget is:'

/** The report that a message of a tool holds in the state of what shows it; null if it holds none. */
export function researchIn(message: Fields): Research | null {
  const metadata = fieldsOf(message['metadata'])
  const shown = fieldsOf(metadata['chatgpt_sdk'])
  const answered = fieldsOf(shown['tool_response_metadata'])
  const written = textOf(listOf(fieldsOf(message['content'])['parts'])[0])
  const states = [shown, answered, metadata].flatMap((one) => [
    one,
    one['widget_state'],
    one['venus_widget_state'],
  ])
  if (written.startsWith(STATE)) states.push(written.slice(STATE.length))
  for (const state of states) {
    const { report_message: report, status } = stateIn(state)
    if (isFields(report)) return { status: textOf(status), report }
  }
  return null
}

/** A text that only says what is shown. */
export const isState = (text: string): boolean => text.startsWith(STATE)

function stateIn(value: unknown): Fields {
  if (typeof value !== 'string') return fieldsOf(value)
  try {
    return fieldsOf(JSON.parse(value))
  } catch {
    return {}
  }
}

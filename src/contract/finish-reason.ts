/** Whether a reply ended at a filter: it, or what was asked, says what the endpoint lets nobody say. */
export const isFilteredBy = (finishReason: string | null): boolean =>
  /content.?filter|safety|sensitive|prohibited|blocklist|guardrail/i.test(finishReason ?? '')

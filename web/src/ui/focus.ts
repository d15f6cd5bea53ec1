/** Moves the focus to a field and shows it in the middle of the page: not under the bar or the dock, its error beside it. */
export function focusField(id: string): boolean {
  const found = document.getElementById(id)
  found?.scrollIntoView({ block: 'center' })
  found?.focus({ preventScroll: true })
  return found !== null
}

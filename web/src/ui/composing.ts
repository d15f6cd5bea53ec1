/** True while a Chinese input method composes: Enter then chooses a candidate and must not send. */
export function isComposing(event: KeyboardEvent): boolean {
  // 229: some input methods end the composition before the key arrives.
  return event.isComposing || event.keyCode === 229
}

/** Enter that ends the composition of Chinese never sends a form or presses a shortcut (keyCode 229: Safari, some input methods). */
export function guardComposition(): void {
  document.addEventListener(
    'keydown',
    (event) => {
      if (!event.isComposing && event.keyCode !== 229) return
      event.stopPropagation()
      if (event.key === 'Enter') event.preventDefault()
    },
    true,
  )
}

/** Length of a text as the services count it: code points, not UTF-16 units. */
export function codePoints(text: string): number {
  let count = 0
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit >= 0xd800 && unit <= 0xdbff) {
      const next = text.charCodeAt(at + 1)
      if (next >= 0xdc00 && next <= 0xdfff) at++
    }
    count++
  }
  return count
}

/** The first character that says something: after spaces and opening quotes or brackets. */
export function firstCharacter(text: string): string {
  return [...text.replace(/^[\s《“‘（「『【〈("'[]+/u, '')][0] ?? ''
}

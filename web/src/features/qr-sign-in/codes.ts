/** The code in a scanned address of this platform; null for any other QR code. */
export function codeIn(text: string, origin: string): string | null {
  try {
    const { origin: from, pathname, hash } = new URL(text)
    return from === origin && pathname === '/qr-sign-in' && hash.length > 1 ? hash.slice(1) : null
  } catch {
    return null
  }
}

/**
 * The first request of a browser in which somebody is signed in, sent while the client itself is still on its way
 * (`src/early.ts`). Kept small: it is a file of its own, before all others.
 */
import { onDevice } from '@/ui/stored'

/** Not secret: tells that a cookie may be there, so that a visitor without one makes no request for it. */
export const HINT = 'zp-session'
/** Not secret: the device is known, so that failures of strangers cost its user no captchas (`Session.device`). */
export const DEVICE = 'zp-device'

/** The header by which services put the refresh token into the cookie: until the browser closes, or for the session's days. */
export function cookieHeader(keep = onDevice.getItem(HINT) === 'keep'): { 'X-Session': string } {
  return { 'X-Session': keep ? 'cookie' : 'browser' }
}

/** Runs work that no other tab of the browser does at the same time. */
export function alone<T>(work: () => Promise<T>): Promise<T> {
  return 'locks' in navigator ? (navigator.locks.request('zp-session', work) as Promise<T>) : work()
}

/** An answer, and when it came by this device's clock (ms). */
interface Answer {
  answer: Response
  at: number
}

let asked: Promise<Answer | null> | null = null

/** Asks for a token, unless nobody is signed in or the address brings a session of its own (`app/sso.ts`). */
export function askForSession(): void {
  if (!onDevice.getItem(HINT) || /^#(ticket|error)=/.test(location.hash)) return
  const headers = { 'Content-Type': 'application/json', ...cookieHeader() }
  const body = JSON.stringify({ device: onDevice.getItem(DEVICE), expected_account: null })
  asked = alone(() => fetch('/api/identity/sessions/refresh', { method: 'POST', headers, body }))
    .then((answer) => ({ answer, at: Date.now() }))
    .catch(() => null)
}

/** What was answered, once; null: nothing was asked, or no answer came. */
export async function earlyAnswer(): Promise<Answer | null> {
  const found = asked
  asked = null
  return found
}

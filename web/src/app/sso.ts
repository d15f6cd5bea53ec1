/**
 * The end of a single sign-on: identity sends the browser back to `/` with `#ticket=` or `#error=`. And where to go after
 * signing in: only to addresses of this client.
 */
import { data, identity } from '@/api/client'
import { problemOf, type ApiProblem } from '@/api/problem'
import { cookieHeader, takeSession } from './session'
import { inTab } from '@/ui/stored'

const TARGET = 'zp-next'
let refused: ApiProblem | null = null

/** A target of this client, or the start page. */
export function afterSignIn(next: unknown): string {
  const target = typeof next === 'string' ? next : (inTab.getItem(TARGET) ?? '/')
  inTab.removeItem(TARGET)
  return /^\/(?!\/)/.test(target) && !target.startsWith('/sign-in') ? target : '/'
}

/** The provider's page forgets where one wanted to go. */
export function rememberTarget(next: unknown): void {
  if (typeof next === 'string') inTab.setItem(TARGET, next)
}

/** Signs in with the ticket in the address, if there is one. Answers whether the address was one of single sign-on. */
export async function takeTicket(): Promise<boolean> {
  const found = new URLSearchParams(location.hash.slice(1))
  const [ticket, error] = [found.get('ticket'), found.get('error')]
  if (!ticket && !error) return false
  history.replaceState(null, '', location.pathname + location.search)
  try {
    if (error) await data(identity.GET('/sso-refusals/{code}', { params: { path: { code: error } } }))
    else {
      const session = await data(
        identity.POST('/sessions/ticket', { body: { ticket: ticket ?? '' }, headers: cookieHeader(false) }),
      )
      takeSession(session, false)
      history.replaceState(null, '', afterSignIn(undefined))
      return true
    }
  } catch (caught) {
    refused = problemOf(caught)
  }
  return true
}

/** Why the single sign-on did not work; told once. */
export function ssoProblem(): ApiProblem | null {
  const found = refused
  refused = null
  return found
}

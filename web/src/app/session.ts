/**
 * The session of this browser. The access token is in memory only; the refresh token is in an HttpOnly cookie. All tabs share
 * one session: one tab renews the token for all (Web Locks), and tells the others (BroadcastChannel).
 *
 * A session that ends while a page is open keeps the page: requests wait until the same person has signed in again over it.
 */
import { computed, reactive, readonly } from 'vue'
import { data, identity, setTokenSource } from '@/api/client'
import type { components } from '@/api/generated/identity'
import { ApiProblem } from '@/api/problem'
import { now, serverSaid } from '@/ui/clock'
import { alone, cookieHeader, DEVICE, earlyAnswer, HINT } from './early'
import type { Acting } from './capabilities'
import { roleOf } from './roles'
import { onDevice } from '@/ui/stored'

export type Session = components['schemas']['Session']
export type Card = components['schemas']['CardView']
type Known = Omit<Session, 'access_token' | 'refresh_token' | 'expires_in' | 'device'>

interface State {
  /**
   * `unknown` until the first answer; `unreachable`: no answer came at the start; `anonymous`: nobody is signed in; `ended`:
   * the session ended while a page was open, and sign-in opens over it.
   */
  status: 'unknown' | 'unreachable' | 'anonymous' | 'signed-in' | 'ended'
  known: Known | null
  /** While `ended`: somebody else has signed in in this browser; their name, or '' if it is not known yet. */
  other: string | null
  /** Grows whenever another person or card acts: pages begin anew. */
  turn: number
}

/** Not secret: the number of renewals, so that a tab knows that another one's token is on its way. */
const RENEWED = 'zp-renewed'
const MARGIN = 5000
const DELIVERY = 1000

const state = reactive<State>({ status: 'unknown', known: null, other: null, turn: 0 })
let token: string | null = null
let expiresAt = 0
let renewing: Promise<string | null> | null = null
let otherSession: Session | null = null
let waiting: ((token: string | null) => void)[] = []
const channel = 'BroadcastChannel' in self ? new BroadcastChannel('zp-session') : null

/** What one tab sends to the others. */
type TabMessage = { kind: 'session'; session: Session; expiresAt: number } | { kind: 'ended' } | { kind: 'signed-out' }

export { cookieHeader }

export function knownDevice(): string | null {
  return onDevice.getItem(DEVICE)
}

function settle(found: string | null): void {
  const settled = waiting
  waiting = []
  for (const resolve of settled) resolve(found)
}

function keep(session: Session, expires: number): void {
  const before = state.known
  const same = before?.account.id === session.account.id
  token = session.access_token
  expiresAt = expires
  const { must_change_password, account, card, cards, former_login_name, notices } = session
  // Only a sign-in tells the notices and the former name; a renewed session does not take them back.
  const told = same && !notices?.length ? before.notices : notices
  const former = former_login_name || (same && before.former_login_name) || false
  state.known = { must_change_password, account, card, cards, former_login_name: former, notices: told ?? [] }
  state.status = 'signed-in'
  state.other = null
  otherSession = null
  if (!onDevice.getItem(HINT)) onDevice.setItem(HINT, 'browser')
  if (session.device) onDevice.setItem(DEVICE, session.device)
  if (before && (!same || before.card?.id !== card?.id)) state.turn += 1
  settle(token)
}

function forget(status: 'anonymous' | 'ended'): void {
  token = null
  expiresAt = 0
  state.status = status
  if (status === 'ended') return
  state.known = null
  state.other = null
  otherSession = null
  state.turn += 1
  onDevice.removeItem(HINT)
  settle(null)
}

function replacedBy(session: Session | null): void {
  forget('ended')
  otherSession = session
  state.other = session?.account.name ?? ''
}

function tell(message: TabMessage): void {
  // A copy: what Vue watches cannot be sent.
  channel?.postMessage(JSON.parse(JSON.stringify(message)))
}

channel?.addEventListener('message', ({ data: message }: MessageEvent<TabMessage>) => {
  if (message.kind === 'session') {
    // Nothing that one person wrote goes on under another's name: the page asks first.
    if (state.known && state.known.account.id !== message.session.account.id) replacedBy(message.session)
    else keep(message.session, message.expiresAt)
  } else if (message.kind === 'signed-out') {
    if (state.status !== 'anonymous') forget('anonymous')
  } else if (state.status === 'signed-in') forget('ended')
})

/** The moment (server's clock, ms) when an access token ends. */
function expiryOf(session: Session): number {
  try {
    const body = (session.access_token.split('.')[1] ?? '').replace(/-/g, '+').replace(/_/g, '/')
    const { exp } = JSON.parse(atob(body)) as { exp?: number }
    if (typeof exp === 'number') return exp * 1000
  } catch {
    // Not a token with a readable end: `expires_in` says it.
  }
  return now() + session.expires_in * 1000
}

/** Waits until the person of this page has signed in again; null if they leave instead. */
function signedInAgain(): Promise<string | null> {
  return new Promise((resolve) => waiting.push(resolve))
}

/** Waits until it is so, but not longer than a message between tabs takes. */
async function delivered(so: () => boolean): Promise<void> {
  for (const end = Date.now() + DELIVERY; !so() && Date.now() < end;) await new Promise((go) => setTimeout(go, 20))
}

/** The session that was asked for before the client was here; null if none was, or the network failed. */
async function early(): Promise<Session | null> {
  const found = await earlyAnswer()
  if (!found) return null
  const { answer, at } = found
  serverSaid(answer.headers.get('Date'), at)
  if (!answer.ok) throw await ApiProblem.from(answer)
  return (await answer.json()) as Session
}

function refreshed(): Promise<Session> {
  const body = { device: knownDevice(), expected_account: state.known?.account.id ?? null }
  return data(identity.POST('/sessions/refresh', { body, headers: cookieHeader() }))
}

/** A token newer than `used`. Only one request at a time asks for it, in all tabs. */
function renew(used: string | null): Promise<string | null> {
  if (state.status === 'ended') return signedInAgain()
  const before = onDevice.getItem(RENEWED)
  renewing ??= alone(async () => {
    // Another tab was first; what it tells may come after the lock.
    if (onDevice.getItem(RENEWED) !== before) await delivered(() => token !== used)
    if (token && token !== used) return token
    try {
      takeSession((used === null && (await early())) || (await refreshed()))
      onDevice.setItem(RENEWED, String(Number(onDevice.getItem(RENEWED)) + 1))
    } catch (error) {
      if (!(error instanceof ApiProblem) || error.offline || error.status >= 500 || error.status === 429) throw error
      if (error.code === 'signed_in_as_other') replacedBy(null)
      else if (state.known) {
        forget('ended')
        tell({ kind: 'ended' })
      } else forget('anonymous')
    }
    return token
  }).finally(() => (renewing = null))
  return renewing.then((found) => found ?? (state.status === 'ended' ? signedInAgain() : null))
}

setTokenSource({
  token: async () => {
    if (state.status === 'ended') return signedInAgain()
    if (token && now() < expiresAt - MARGIN) return token
    return state.status === 'signed-in' ? renew(token) : null
  },
  renewed: renew,
})

/** Continues an earlier session of this browser, if there is one. Never throws: without an answer the state is `unreachable`. */
export async function startSession(): Promise<void> {
  state.status = 'unknown'
  if (!onDevice.getItem(HINT)) return forget('anonymous')
  await renew(null).catch(() => (state.status = 'unreachable'))
}

/** Takes over the session of a sign-in, a card switch or a password change, in all tabs. */
export function takeSession(session: Session, keepSignedIn?: boolean): void {
  if (keepSignedIn !== undefined) onDevice.setItem(HINT, keepSignedIn ? 'keep' : 'browser')
  const expires = expiryOf(session)
  keep(session, expires)
  // After a one-time password only this tab may set the password: there is no cookie for the others.
  if (!session.must_change_password) tell({ kind: 'session', session, expiresAt: expires })
}

/** Takes over the sign-in of the same person over a page whose session ended: with the card that the page was opened with. */
export async function resumeSession(signed: Session, keepSignedIn?: boolean): Promise<void> {
  const acting = state.known?.account.id === signed.account.id ? state.known.card?.id : undefined
  if (!acting || signed.card?.id === acting || !signed.cards.some(({ id }) => id === acting)) {
    return takeSession(signed, keepSignedIn)
  }
  const headers = { ...cookieHeader(keepSignedIn), Authorization: `Bearer ${signed.access_token}` }
  const switched = await data(identity.POST('/sessions/card', { body: { card_id: acting }, headers }))
  const { former_login_name, notices, device } = signed
  takeSession({ ...switched, former_login_name, notices, device }, keepSignedIn)
}

/** Goes on as the person who signed in in another tab; what this page shows is left. */
export async function becomeOther(): Promise<void> {
  settle(null)
  const found = otherSession
  state.known = null
  if (found) {
    keep(found, expiryOf(found))
    state.turn += 1
    return
  }
  state.status = 'unknown'
  await startSession()
  state.turn += 1
}

/** Leaves the page of a session that ended, without signing in again. */
export function leave(): void {
  forget('anonymous')
  tell({ kind: 'signed-out' })
}

/** Acts with another card of the account, in all tabs. */
export async function chooseCard(cardId: string): Promise<void> {
  const body = { card_id: cardId }
  takeSession(await data(identity.POST('/sessions/card', { body, headers: cookieHeader() })))
}

/** Ends the session in all tabs. Throws when it cannot be ended for want of a network: on a shared PC that has to be known. */
export async function signOut(): Promise<void> {
  await data(identity.DELETE('/sessions', {})).catch((error: unknown) => {
    if (!(error instanceof ApiProblem) || error.status !== 401) throw error
  })
  forget('anonymous')
  tell({ kind: 'signed-out' })
}

/** The holder has seen the security notices and the hint about the login name. */
export function forgetNotices(): void {
  if (state.known) Object.assign(state.known, { notices: [], former_login_name: false })
}

/** The cards of the account changed: taken, activated. */
export function noteCards(cards: Card[]): void {
  if (!state.known) return
  // The answer of taking a card does not say what the cards may do; the next session does.
  const known = new Map(state.known.cards.map(({ id, capabilities }) => [id, capabilities]))
  state.known.cards = cards.map((one) => ({ ...one, capabilities: known.get(one.id) ?? [] }))
}

export const session = readonly(state)
export const card = computed<Card | null>(() => (state.known?.card as Card | null | undefined) ?? null)
/** Role with the level where one role exists at several levels: `school_administrator`, else the role alone. */
export const role = computed(() => (card.value ? roleOf(card.value) : null))
/** The card that acts, and what it may do. */
export const acting = computed<Acting>(() => ({
  roles: card.value ? [card.value.role, `${card.value.level}_${card.value.role}`] : [],
  can: card.value?.capabilities ?? [],
}))

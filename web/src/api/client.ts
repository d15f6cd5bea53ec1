/**
 * One thin typed client for all services. It adds the access token and an idempotency key, renews the token once for all
 * waiting requests, and throws an `ApiProblem` for each refusal.
 */
import createClient, { type Client, type FetchResponse } from 'openapi-fetch'
import type { paths as Archive } from './generated/archive'
import type { paths as Identity } from './generated/identity'
import type { paths as Importer } from './generated/import'
import type { paths as Notify } from './generated/notify'
import type { paths as Publicity } from './generated/publicity'
import type { paths as Records } from './generated/records'
import { device } from './device'
import { ApiProblem, type ProblemDocument } from './problem'

/** Where the access token comes from; the session sets it (`app/session.ts`). */
export interface TokenSource {
  /** The present token; null for somebody who is not signed in. */
  token(): Promise<string | null>
  /** Called when a service no longer accepts `used`: a newer token, or null if the session has ended. */
  renewed(used: string): Promise<string | null>
}

let tokens: TokenSource = { token: () => Promise.resolve(null), renewed: () => Promise.resolve(null) }

export function setTokenSource(source: TokenSource): void {
  tokens = source
}

/** A random UUID. Chromium 90 has no `crypto.randomUUID`. */
export function uuid(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}

const WITHOUT_TOKEN = /^\/api\/identity\/(sessions($|\/refresh$|\/ticket$)|captchas|sso|password-resets|registrations)/

let tellDate: (date: string | null) => void = () => undefined

/** Who wants to know the `Date` of each answer: deadlines count by the services' clock. */
export function onServerDate(listener: (date: string | null) => void): void {
  tellDate = listener
}

async function attempt(request: Request): Promise<Response> {
  request.headers.set('X-Client', device)
  try {
    const answer = await fetch(request)
    tellDate(answer.headers.get('Date'))
    return answer
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error
    throw ApiProblem.offline()
  }
}

/** Sends a request with the session's token; a request whose token ran out is sent once more with a new one. */
export async function send(request: Request): Promise<Response> {
  if (request.method !== 'GET' && !request.headers.has('Idempotency-Key'))
    request.headers.set('Idempotency-Key', uuid())
  const open =
    request.headers.has('Authorization') ||
    (WITHOUT_TOKEN.test(new URL(request.url).pathname) && request.method === 'POST')
  const token = open ? null : await tokens.token()
  const again = request.clone()
  if (token) request.headers.set('Authorization', `Bearer ${token}`)
  const answer = await attempt(request)
  if (answer.status !== 401 || !token) return answer
  const renewed = await tokens.renewed(token)
  if (!renewed) return answer
  again.headers.set('Authorization', `Bearer ${renewed}`)
  return attempt(again)
}

function client<Paths extends object>(service: string): Client<Paths> {
  return createClient<Paths>({ baseUrl: `${location.origin}/api/${service}`, fetch: send })
}

export const identity = client<Identity>('identity')
export const records = client<Records>('records')
export const publicity = client<Publicity>('publicity')
export const archive = client<Archive>('archive')
export const importer = client<Importer>('import')
export const notify = client<Notify>('notify')

/** The data of an answer; throws an `ApiProblem` if the service refuses. */
export async function data<
  Operation extends Record<string | number, unknown>,
  Options,
  Media extends `${string}/${string}`,
>(
  call: Promise<FetchResponse<Operation, Options, Media>>,
): Promise<NonNullable<FetchResponse<Operation, Options, Media>['data']>> {
  const found = await call
  if (!found.response.ok) {
    const document = found.error as unknown
    if (typeof document === 'object' && document !== null && 'code' in document) {
      throw new ApiProblem({ ...(document as ProblemDocument), status: found.response.status })
    }
    throw await ApiProblem.from(new Response(null, { status: found.response.status }))
  }
  return found.data as NonNullable<FetchResponse<Operation, Options, Media>['data']>
}

/** The header for changing what was read at `version`. */
export function ifMatch(version: number): Record<string, string> {
  return { 'If-Match': `"${version}"` }
}

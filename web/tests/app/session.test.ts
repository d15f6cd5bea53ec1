import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { reactive } from 'vue'

/** A browser's tabs: each has its own modules; storage, locks, channels and the server are shared. */
interface Tab {
  session: typeof import('@/app/session')
  early: typeof import('@/app/early')
  client: typeof import('@/api/client')
  clock: typeof import('@/ui/clock')
}

const MINUTE = 60_000
const tabs: Tab[] = []

async function aTab(): Promise<Tab> {
  vi.resetModules()
  const tab = {
    session: await import('@/app/session'),
    early: await import('@/app/early'),
    client: await import('@/api/client'),
    clock: await import('@/ui/clock'),
  }
  tabs.push(tab)
  return tab
}

const CARDS = [
  { id: 'card-1', role: 'guardian', level: 'class', name: '李明', student_name: '李小', path: 'a' },
  { id: 'card-2', role: 'class_teacher', level: 'class', name: '李明', student_name: null, path: 'b' },
]

/** What identity answers, and what it was asked. */
const server = {
  calls: [] as { path: string; token: string | null; body: unknown; mode: string | null }[],
  signedIn: 'li',
  card: 'card-1' as string | null,
  tokens: 0,
  lasts: 10 * MINUTE,
  live: true,
  offline: false,
  notices: [] as unknown[],
}

function jwt(ends: number): string {
  server.tokens += 1
  return `h.${btoa(JSON.stringify({ exp: Math.floor(ends / 1000), n: server.tokens }))}.s`
}

function aSession(account = server.signedIn, card = server.card, more: object = {}) {
  return {
    access_token: jwt(Date.now() + server.lasts),
    expires_in: server.lasts / 1000,
    refresh_token: null,
    must_change_password: false,
    account: { id: account, name: account, username: '138' },
    card: CARDS.find(({ id }) => id === card) ?? null,
    cards: CARDS,
    device: 'device-1',
    former_login_name: false,
    notices: server.notices,
    ...more,
  } as never
}

function answer(status: number, body: unknown): Response {
  return new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json' } })
}

async function serve(request: Request): Promise<Response> {
  const path = new URL(request.url).pathname
  const text = await request.clone().text()
  const body = text ? (JSON.parse(text) as Record<string, unknown>) : null
  const token = request.headers.get('Authorization')
  server.calls.push({ path, token, body, mode: request.headers.get('X-Session') })
  await new Promise((resolve) => setTimeout(resolve, 5))
  if (server.offline) throw new TypeError('no network')
  if (path.endsWith('/sessions/refresh')) {
    if (!server.live) return answer(401, { code: 'refresh_invalid', title: '登录已失效，请重新登录' })
    if (body?.expected_account && body.expected_account !== server.signedIn) {
      return answer(409, { code: 'signed_in_as_other', title: '已有别人登录' })
    }
    return answer(201, aSession(server.signedIn, server.card, { notices: [] }))
  }
  if (path.endsWith('/sessions/card')) {
    server.card = String(body?.card_id)
    return answer(201, aSession())
  }
  if (path.endsWith('/sessions') && request.method === 'DELETE') return new Response(null, { status: 204 })
  return token ? answer(200, { items: [], token }) : answer(401, { code: 'unauthenticated', title: '请先登录' })
}

const refreshes = () => server.calls.filter(({ path }) => path.endsWith('/sessions/refresh')).length
/** Waits until a tab's session is so; messages between tabs take their time. */
const until = ({ session }: Tab, status: string) => vi.waitFor(() => expect(session.session.status).toBe(status), 5000)
const settle = () => new Promise((resolve) => setTimeout(resolve, 30))
const look = ({ client }: Tab) => client.data(client.notify.GET('/unread'))

beforeEach(() => {
  localStorage.clear()
  Object.assign(server, { calls: [], signedIn: 'li', card: 'card-1', lasts: 10 * MINUTE, live: true, offline: false })
  server.notices = []
  vi.stubGlobal('fetch', serve)
  let last: Promise<unknown> = Promise.resolve()
  const request = (_name: string, work: () => Promise<unknown>) => (last = last.then(work, work))
  Object.defineProperty(navigator, 'locks', { value: { request }, configurable: true })
})

afterEach(async () => {
  // Tabs of earlier tests hear nothing of later ones.
  for (const { session } of tabs.splice(0)) session.leave()
  await settle()
  vi.unstubAllGlobals()
})

describe('the session', () => {
  it('is renewed once for all tabs and all their requests', async () => {
    const [one, two] = [await aTab(), await aTab()]
    server.lasts = 1000 // as good as ended
    one.session.takeSession(aSession())
    await until(two, 'signed-in')
    server.lasts = 10 * MINUTE
    const found = await Promise.all([look(one), look(one), look(two), look(two)])
    expect(refreshes()).toBe(1)
    expect(new Set(found.map((each) => (each as unknown as { token: string }).token)).size).toBe(1)
  })

  it('goes on after a reload by the cookie, and asks nothing where nobody has signed in', async () => {
    const fresh = await aTab()
    await fresh.session.startSession()
    expect([fresh.session.session.status, refreshes()]).toEqual(['anonymous', 0])
    fresh.session.takeSession(aSession(), true)
    const again = await aTab()
    await again.session.startSession()
    expect(again.session.session.status).toBe('signed-in')
    expect(server.calls[0]).toMatchObject({ mode: 'cookie', body: { expected_account: null, device: 'device-1' } })
  })

  it('takes the answer to what was asked before the client was there, and asks itself if there was none', async () => {
    vi.stubGlobal('fetch', (asked: Request | string, init?: RequestInit) =>
      serve(typeof asked === 'string' ? new Request(new URL(asked, location.origin), init) : asked),
    )
    const stranger = await aTab()
    stranger.early.askForSession()
    await stranger.session.startSession()
    expect([stranger.session.session.status, refreshes()]).toEqual(['anonymous', 0])

    stranger.session.takeSession(aSession(), true)
    const tab = await aTab()
    tab.early.askForSession()
    await tab.session.startSession()
    expect([tab.session.session.status, refreshes()]).toEqual(['signed-in', 1])
    expect(server.calls[0]).toMatchObject({ mode: 'cookie', body: { expected_account: null, device: 'device-1' } })

    server.offline = true
    const again = await aTab()
    again.early.askForSession()
    await settle()
    server.offline = false
    await again.session.startSession()
    expect(again.session.session.status).toBe('signed-in')

    server.live = false
    const ended = await aTab()
    ended.early.askForSession()
    await ended.session.startSession()
    expect([ended.session.session.status, localStorage.getItem('zp-session')]).toEqual(['anonymous', null])
  })

  it('asks on a shared computer for a cookie that ends with the browser', async () => {
    const tab = await aTab()
    tab.session.takeSession(aSession(), false)
    await (await aTab()).session.startSession()
    expect(server.calls[0]?.mode).toBe('browser')
  })

  it('is not lost without a network at the start', async () => {
    ;(await aTab()).session.takeSession(aSession(), true)
    server.offline = true
    const tab = await aTab()
    await tab.session.startSession()
    expect(tab.session.session.status).toBe('unreachable')
    server.offline = false
    await tab.session.startSession()
    expect(tab.session.session.status).toBe('signed-in')
  })

  it('ends over the page, and what was sent goes on once the same person is back with the same card', async () => {
    const tab = await aTab()
    server.lasts = 1000
    tab.session.takeSession(aSession('li', 'card-2'))
    server.live = false
    const sent = look(tab)
    await until(tab, 'ended')
    expect(tab.session.card.value?.id).toBe('card-2')

    server.lasts = 10 * MINUTE
    const { turn } = tab.session.session
    await tab.session.resumeSession(aSession('li', null), false)
    await expect(sent).resolves.toMatchObject({ items: [] })
    expect(tab.session.card.value?.id).toBe('card-2')
    expect(tab.session.session.turn).toBe(turn)
  })

  it('answers what waits with a refusal when the page is left instead', async () => {
    const tab = await aTab()
    server.lasts = 1000
    tab.session.takeSession(aSession())
    server.live = false
    const sent = look(tab)
    await until(tab, 'ended')
    tab.session.leave()
    await expect(sent).rejects.toMatchObject({ status: 401 })
    expect(tab.session.session.status).toBe('anonymous')
  })

  it('of somebody else in another tab is not taken over: the page asks', async () => {
    const [one, two] = [await aTab(), await aTab()]
    one.session.takeSession(aSession())
    await until(two, 'signed-in')
    const { turn } = one.session.session
    two.session.takeSession(aSession('wang'))
    await until(one, 'ended')
    expect(one.session.session.other).toBe('wang')
    expect(one.session.session.known?.account.id).toBe('li')
    await one.session.becomeOther()
    expect(one.session.session).toMatchObject({ status: 'signed-in', other: null })
    expect(one.session.session.known?.account.id).toBe('wang')
    expect(one.session.session.turn).toBeGreaterThan(turn)
  })

  it('of somebody else in the cookie is noticed when the token is renewed', async () => {
    const tab = await aTab()
    server.lasts = 1000
    tab.session.takeSession(aSession())
    server.signedIn = 'wang'
    void look(tab).catch(() => undefined)
    await until(tab, 'ended')
    expect(tab.session.session.other).toBe('')
    server.lasts = 10 * MINUTE
    await tab.session.becomeOther()
    expect(tab.session.session.known?.account.id).toBe('wang')
  })

  it('changes the card in all tabs', async () => {
    const [one, two] = [await aTab(), await aTab()]
    one.session.takeSession(aSession())
    await until(two, 'signed-in')
    const { turn } = two.session.session
    await one.session.chooseCard('card-2')
    await vi.waitFor(() => expect(two.session.card.value?.id).toBe('card-2'), 5000)
    expect(two.session.role.value).toBe('class_teacher')
    expect(two.session.session.turn).toBe(turn + 1)
  })

  it('is told to other tabs also out of a form that watches it', async () => {
    const [one, two] = [await aTab(), await aTab()]
    one.session.takeSession(reactive(aSession() as object) as never)
    await until(two, 'signed-in')
  })

  it('ends in all tabs when one signs out, and stays where the network is missing', async () => {
    const [one, two] = [await aTab(), await aTab()]
    one.session.takeSession(aSession())
    await until(two, 'signed-in')
    server.offline = true
    await expect(one.session.signOut()).rejects.toMatchObject({ offline: true })
    expect(two.session.session.status).toBe('signed-in')
    server.offline = false
    await one.session.signOut()
    expect(one.session.session.status).toBe('anonymous')
    await until(two, 'anonymous')
    expect(two.session.session.known).toBeNull()
  })

  it('after a one-time password belongs to its own tab', async () => {
    const [one, two] = [await aTab(), await aTab()]
    one.session.takeSession(aSession('li', null, { must_change_password: true }))
    await settle()
    expect(one.session.session.status).toBe('signed-in')
    expect(two.session.session.status).toBe('unknown')
  })

  it('keeps the notices of the sign-in when its token is renewed, until they are seen', async () => {
    const tab = await aTab()
    server.lasts = 1000
    tab.session.takeSession(
      aSession('li', 'card-1', { notices: [{ id: 'n', text: '已重置' }], former_login_name: true }),
    )
    await look(tab)
    expect(tab.session.session.known).toMatchObject({ former_login_name: true, notices: [{ id: 'n' }] })
    tab.session.forgetNotices()
    expect(tab.session.session.known).toMatchObject({ former_login_name: false, notices: [] })
  })

  it('ends its tokens by the clock of the server, not of the device', async () => {
    const tab = await aTab()
    tab.clock.serverSaid(new Date(Date.now() - 60 * MINUTE).toUTCString()) // this device is an hour ahead
    server.lasts = -50 * MINUTE // ten minutes by the server's clock
    tab.session.takeSession(aSession())
    await look(tab)
    expect(refreshes()).toBe(0)
  })
})

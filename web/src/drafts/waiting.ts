/**
 * Forms that were sent: each is stored first, then sent at once, or as soon as there is a network and its files have arrived, also
 * after a reload. A form counts once however often it is sent (idempotency key).
 */
import { reactive, readonly, ref, watch } from 'vue'
import { ApiProblem, problemOf, type ProblemDocument } from '@/api/problem'
import { card, session } from '@/app/session'
import { alone } from './alone'
import { all, get, put, remove, type Waiting } from './db'

export type Outcome =
  | { kind: 'sent'; answer: unknown }
  /** The network or a file is missing: it is sent later. */
  | { kind: 'later' }
  | { kind: 'refused'; problem: ApiProblem }

/** Sends a request; undefined: not yet, its files are on their way. Throws an `ApiProblem` if it is refused. */
export type Sender = (request: unknown, id: string) => Promise<{ answer: unknown } | undefined>

interface Entry extends Waiting {
  sending: boolean
}

const entries = reactive(new Map<string, Entry>())
const senders = new Map<string, Sender>()
const PAUSE = 20_000
/** How often the browser may go on at once: raised by whatever may help (network, files, session). */
const nudges = ref(0)

/** What the present card has waiting here. */
export function waitingOf(key: string): Readonly<Entry> | undefined {
  return entries.get(key)
}
export const waitingForms = readonly(entries) as ReadonlyMap<string, Readonly<Entry>>

export function registerSender(name: string, sender: Sender): void {
  senders.set(name, sender)
  nudge()
}

/** Stores a form and sends it if that is possible now. */
export async function sendForm(form: Omit<Waiting, 'refused' | 'since'>): Promise<Outcome> {
  const waiting: Waiting = { ...form, refused: null, since: Date.now() }
  await put('waiting', JSON.parse(JSON.stringify(waiting)) as Waiting)
  entries.set(form.key, { ...waiting, sending: false })
  return attempt(form.key)
}

/** Takes a form back from those that wait, so that it can be changed. */
export async function takeBack(key: string): Promise<void> {
  entries.delete(key)
  await remove('waiting', key)
}

export function nudge(): void {
  nudges.value += 1
}

async function attempt(key: string): Promise<Outcome> {
  const entry = entries.get(key)
  const sender = entry && senders.get(entry.sender)
  if (!entry || !sender || entry.sending || entry.refused) return { kind: 'later' }
  entry.sending = true
  try {
    return await alone(`zp-send-${key}`, () => send(entry, sender))
  } finally {
    entry.sending = false
  }
}

async function send(entry: Entry, sender: Sender): Promise<Outcome> {
  if (!(await get('waiting', entry.key))) {
    entries.delete(entry.key) // another tab sent it
    return { kind: 'later' }
  }
  try {
    const done = await sender(entry.request, entry.id)
    if (!done) return { kind: 'later' }
    await takeBack(entry.key)
    return { kind: 'sent', answer: done.answer }
  } catch (error) {
    const problem = problemOf(error)
    if (problem.offline || problem.status >= 500 || problem.status === 429 || problem.status === 401)
      return { kind: 'later' }
    entry.refused = problem.document
    await put('waiting', toStored(entry))
    return { kind: 'refused', problem }
  }
}

function toStored(entry: Entry): Waiting {
  const { sending: _sending, ...waiting } = entry
  return JSON.parse(JSON.stringify(waiting)) as Waiting
}

export function refusalOf(entry: { refused: unknown }): ApiProblem | null {
  return entry.refused ? new ApiProblem(entry.refused as ProblemDocument) : null
}

async function load(account: string | undefined, cardId: string | undefined): Promise<void> {
  entries.clear()
  if (!account || !cardId) return
  for (const waiting of await all('waiting', 'account', account)) {
    if (waiting.card === cardId) entries.set(waiting.key, { ...waiting, sending: false })
  }
  nudge()
}

let timer: ReturnType<typeof setInterval> | undefined

/** Starts sending what waits; `loadSenders` fetches the code of the features that send. Called once by the app. */
export function startSending(loadSenders: () => Promise<unknown>): void {
  let loaded = false
  watch(
    () => [session.status === 'signed-in' && session.known?.account.id, card.value?.id] as const,
    ([account, cardId]) => void load(account || undefined, cardId),
    { immediate: true },
  )
  watch(nudges, async () => {
    if (entries.size === 0) return
    if (!loaded) {
      // Without a network the code does not come either: the next nudge tries again.
      loaded = await loadSenders().then(
        () => true,
        () => false,
      )
    }
    for (const key of [...entries.keys()]) void attempt(key)
  })
  window.addEventListener('online', nudge)
  timer ??= setInterval(() => entries.size > 0 && nudge(), PAUSE)
}

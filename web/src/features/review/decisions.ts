/**
 * Verdicts on records: each is stored on this device, waits some seconds so that it can be taken back, and is sent with all that
 * are alike in one `POST /reviews`, at once when the page hides. What a service refused stays here until the reviewer has read it.
 */
import { computed, reactive, watch } from 'vue'
import { data, records, uuid } from '@/api/client'
import { problemOf } from '@/api/problem'
import { card, session } from '@/app/session'
import { queryClient } from '@/data/queries'
import { all, get, put, remove, type Waiting } from '@/drafts/db'
import { toastTime } from '@/ui/toast'

export const SENDER = 'review'
/** Requests take this many records at most. */
export const MOST = 200
const AGAIN = 20_000

export interface Verdict {
  action: 'approve' | 'return'
  reason_code: string | null
  note: string | null
}

export interface Decision extends Verdict {
  record_id: string
  /** The version that was read: a record that changed meanwhile is not decided. */
  version: number
  student_name: string
  title: string
  /** When it was decided, in milliseconds. */
  decided_at: number
}

export type Status = 'waiting' | 'sending' | 'done' | 'refused'

export interface Held {
  decision: Decision
  status: Status
  /** Idempotency key of the request that carries it, once it was tried. */
  batch: string | null
  /** The service's sentence, if it refused. */
  refused: string | null
}

const held = reactive(new Map<string, Held>())
let running: Promise<void> | null = null
let timer: ReturnType<typeof setTimeout> | undefined
let restored: string | null = null

export const decisions = held as ReadonlyMap<string, Readonly<Held>>
export const unsent = computed(() =>
  [...held.values()].filter(({ status }) => status === 'waiting' || status === 'sending').sort(byTime),
)
export const refusedOnes = computed(() => [...held.values()].filter(({ status }) => status === 'refused').sort(byTime))

function byTime(one: Held, other: Held): number {
  return one.decision.decided_at - other.decision.decided_at
}

function keyOf(record_id: string): string | null {
  const account = session.known?.account.id
  return account && card.value ? `${account}/${card.value.id}/${SENDER}:${record_id}` : null
}

/** Stores what is held of a record, so that a reload finds it again. */
async function store({ decision, batch, refused }: Held): Promise<void> {
  const key = keyOf(decision.record_id)
  const account = session.known?.account.id
  if (!key || !account || !card.value) return
  const request = { ...decision, batch }
  const title = `${decision.student_name}的“${decision.title}”：审核结果`
  await put('waiting', {
    key,
    account,
    card: card.value.id,
    title,
    path: '/review',
    sender: SENDER,
    request,
    id: batch ?? decision.record_id,
    refused,
    since: decision.decided_at,
  } satisfies Waiting)
}

async function forget(record_id: string): Promise<void> {
  const key = keyOf(record_id)
  if (key) await remove('waiting', key)
}

/** Keeps a verdict; it is sent after some seconds. */
export async function decide(decision: Decision): Promise<void> {
  const entry: Held = { decision, status: 'waiting', batch: null, refused: null }
  held.set(decision.record_id, entry)
  schedule()
  await store(entry)
}

/** Takes a verdict back that was not sent yet; answers whether that was still possible. */
export async function takeBack(record_id: string): Promise<boolean> {
  const entry = held.get(record_id)
  if (!entry || entry.status !== 'waiting' || entry.batch) return false
  held.delete(record_id)
  await forget(record_id)
  return true
}

/** The last verdict that can still be taken back. */
export const lastUnsent = computed(
  () => [...unsent.value].reverse().find(({ status, batch }) => status === 'waiting' && !batch) ?? null,
)

/** The reviewer has read why a record was not decided. */
export async function dismiss(record_id: string): Promise<void> {
  held.delete(record_id)
  await forget(record_id)
}

function schedule(wait = toastTime()): void {
  clearTimeout(timer)
  const first = unsent.value[0]
  if (!first) return
  const due = first.batch ? wait : Math.max(0, first.decision.decided_at + wait - Date.now())
  timer = setTimeout(() => void flush(), due)
}

/** Sends what has waited long enough, or with `everything` all. */
export function flush(everything = false): Promise<void> {
  const before = running ?? Promise.resolve()
  const mine = before.then(() => sendDue(everything, false))
  running = mine
  void mine.finally(() => {
    if (running === mine) running = null
  })
  return mine
}

function dueNow(everything: boolean): Held[] {
  const limit = Date.now() - toastTime() + 50
  return unsent.value.filter(
    ({ decision, batch, status }) =>
      status === 'waiting' && (everything || batch !== null || decision.decided_at <= limit),
  )
}

async function sendDue(everything: boolean, hiding: boolean): Promise<void> {
  const due = dueNow(everything)
  if (!due.length) return schedule()
  const batches = toBatches(due)
  for (const entry of due) entry.status = 'sending'
  const stored = Promise.all(due.map(store))
  // A page that hides may not live to see the end of this: the requests leave first.
  if (!hiding) await stored
  const outcomes = await Promise.all(
    [...batches].map(([batch, entries]) => (hiding ? post(batch, entries, true) : alone(batch, entries))),
  )
  if (outcomes.includes('later')) {
    clearTimeout(timer)
    timer = setTimeout(() => void flush(), AGAIN)
  } else schedule()
  if (!unsent.value.length) void queryClient.invalidateQueries({ queryKey: ['records'] })
}

/** Those that go into one request: alike in verdict, or tried together before. Each entry gets its batch. */
export function toBatches(due: readonly Held[]): Map<string, Held[]> {
  const batches = new Map<string, Held[]>()
  const open = new Map<string, string>()
  for (const entry of due) {
    if (!entry.batch) {
      const { action, reason_code, note } = entry.decision
      const alike = JSON.stringify([action, reason_code, note])
      let batch = open.get(alike)
      if (!batch || (batches.get(batch)?.length ?? 0) >= MOST) open.set(alike, (batch = uuid()))
      entry.batch = batch
    }
    batches.set(entry.batch, [...(batches.get(entry.batch) ?? []), entry])
  }
  return batches
}

/** Two tabs do not send the same verdicts: what the other one sent, or took back, is gone from the store. */
async function alone(batch: string, entries: Held[]): Promise<'sent' | 'later'> {
  const work = async () => {
    const still: Held[] = []
    for (const entry of entries) {
      const key = keyOf(entry.decision.record_id)
      if (key && (await get('waiting', key))) still.push(entry)
      else held.delete(entry.decision.record_id)
    }
    return still.length ? post(batch, still, false) : 'sent'
  }
  return 'locks' in navigator ? ((await navigator.locks.request('zp-reviews', work)) as 'sent' | 'later') : work()
}

async function post(batch: string, entries: Held[], keepalive: boolean): Promise<'sent' | 'later'> {
  const first = entries[0]
  if (!first) return 'sent'
  const { action, reason_code, note } = first.decision
  const sorted = [...entries].sort((a, b) => (a.decision.record_id < b.decision.record_id ? -1 : 1))
  const body = {
    action,
    reason_code,
    note,
    record_ids: sorted.map(({ decision }) => decision.record_id),
    versions: Object.fromEntries(sorted.map(({ decision }) => [decision.record_id, decision.version])),
  }
  try {
    const answer = await data(records.POST('/reviews', { body, headers: { 'Idempotency-Key': batch }, keepalive }))
    for (const { record_id, result, detail } of answer.results) {
      await settle(record_id, result === 'refused' ? (detail ?? '没有处理，请打开这条记录看看') : null)
    }
    return 'sent'
  } catch (error) {
    const problem = problemOf(error)
    if (problem.offline || problem.status >= 500 || problem.status === 429 || problem.status === 401) {
      for (const entry of entries) entry.status = 'waiting'
      return 'later'
    }
    for (const { decision } of entries)
      await settle(decision.record_id, problem.document.errors?.[0]?.message ?? problem.message)
    return 'sent'
  }
}

async function settle(record_id: string, refused: string | null): Promise<void> {
  const entry = held.get(record_id)
  if (!entry) return
  entry.status = refused ? 'refused' : 'done'
  entry.refused = refused
  await (refused ? store(entry) : forget(record_id))
}

/** What an earlier page of this card left: it is sent now. */
async function restore(account: string, cardId: string): Promise<void> {
  const mine = `${account}/${cardId}`
  if (restored === mine) return
  restored = mine
  held.clear()
  for (const { card: of, sender, request, refused } of await all('waiting', 'account', account)) {
    if (of !== cardId || sender !== SENDER) continue
    const { batch, ...decision } = request as Decision & { batch: string | null }
    if (held.has(decision.record_id)) continue
    const sentence = typeof refused === 'string' ? refused : null
    held.set(decision.record_id, { decision, batch, refused: sentence, status: sentence ? 'refused' : 'waiting' })
  }
  schedule()
}

watch(
  () => [session.status === 'signed-in' ? session.known?.account.id : null, card.value?.id] as const,
  ([account, cardId]) => {
    if (account && cardId) void restore(account, cardId)
  },
  { immediate: true },
)
const onHide = () => void sendDue(true, true)
addEventListener('pagehide', onHide)
document.addEventListener('visibilitychange', () => document.visibilityState === 'hidden' && onHide())
addEventListener('online', () => void flush())

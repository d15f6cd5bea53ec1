/**
 * Files on their way to the services: made small, stored on this device, sent two at a time, tried again after each break, and
 * resumed after a reload or a killed browser. The bytes stay here until the form that they belong to was sent.
 */
import { reactive, ref, watch } from 'vue'
import { uuid } from '@/api/client'
import { ApiProblem } from '@/api/problem'
import { session } from '@/app/session'
import { alone } from '@/drafts/alone'
import { all, durable, get, put, remove, type StoredUpload } from '@/drafts/db'
import { prepare } from './pictures'
import { SendError, sendFile, type Offer } from './send'
import { TARGETS, type Target, type TargetName } from './targets'

export type UploadState = 'making' | 'waiting' | 'uploading' | 'checking' | 'done' | 'failed'

export interface Upload extends StoredUpload {
  state: UploadState
  sent: number
  /** Seconds that it will take, from the speed so far; null: not known yet. */
  seconds: number | null
  /** Why it stands still: no network (it goes on by itself), or what the service refused. */
  reason: string | null
  /** Whether it waits for the network and goes on by itself. */
  offline: boolean
  tries: number
}

/** Grows whenever a file has arrived or was refused. */
export const settled = ref(0)
const AT_ONCE = 2
const LONGEST_PAUSE = 30_000
const OFFLINE = '网络断了；还在本机，联网后会再试'
const uploads = reactive(new Map<string, Upload>())
const running = new Map<string, AbortController>()
const pauses = new Map<string, ReturnType<typeof setTimeout>>()
const offers = new Map<string, Offer>()
/** Files that the storage has, though the service did not answer yet. */
const arrived = new Set<string>()

export function uploadOf(id: string): Upload | undefined {
  return uploads.get(id)
}

function store(upload: Upload): Promise<void> {
  const { id, account, owner, target, name, media_type, original_size, size, ready, file_id, offers, added_at } = upload
  const kept = { id, account, owner, target, name, media_type, original_size, size, ready, file_id, offers, added_at }
  return put('uploads', kept)
}

function asRunning(kept: StoredUpload): Upload {
  const state = kept.file_id ? 'done' : kept.ready ? 'waiting' : 'making'
  return { ...kept, state, sent: 0, seconds: null, reason: null, offline: false, tries: 0 }
}

/** Takes a file in: it is stored first, so that nothing is lost whatever happens. Its id. */
export async function addUpload(file: File, target: TargetName, owner: string): Promise<string> {
  const account = session.known?.account.id ?? ''
  const id = uuid()
  const name = `${file.type.startsWith('image/') ? '图片' : '文件'}.${extension(file)}`
  const kept: StoredUpload = {
    ...{ id, account, owner, target, name, media_type: file.type, original_size: file.size, size: file.size },
    ...{ ready: !file.type.startsWith('image/'), file_id: null, offers: 0, added_at: Date.now() },
  }
  uploads.set(id, asRunning(kept))
  // A file of the album may go away while it is read; a copy does not.
  await put('blobs', new Blob([file], { type: file.type }), id)
  await put('uploads', kept)
  next()
  return id
}

/** What the service sees of the user's name for the file: its ending. */
function extension(file: File): string {
  return /\.([A-Za-z0-9]{1,5})$/.exec(file.name)?.[1]?.toLowerCase() ?? 'bin'
}

/** Continues the files of a form that are stored on this device. */
export async function restoreUploads(owner: string): Promise<void> {
  for (const kept of await all('uploads', 'owner', owner)) {
    if (!uploads.has(kept.id)) uploads.set(kept.id, asRunning(kept))
  }
  next()
}

export function bytesOf(id: string): Promise<Blob | undefined> {
  return get('blobs', id)
}

/** Stops a file and removes it from this device. */
export async function removeUpload(id: string): Promise<void> {
  forget(id)
  await remove('blobs', id)
  await remove('uploads', id)
  next()
}

function forget(id: string): void {
  running.get(id)?.abort()
  clearTimeout(pauses.get(id))
  uploads.delete(id)
  offers.delete(id)
}

/** Removes the files of a form that was sent or thrown away. */
export async function removeUploadsOf(owner: string): Promise<void> {
  for (const { id } of await all('uploads', 'owner', owner)) await removeUpload(id)
}

export function retryUpload(id: string): void {
  const upload = uploads.get(id)
  if (!upload || !['failed', 'waiting'].includes(upload.state)) return
  clearTimeout(pauses.get(id))
  pauses.delete(id)
  Object.assign(upload, { state: upload.ready ? 'waiting' : 'making', reason: null, offline: false, tries: 0 })
  next()
}

/** Sends files again that the service does not have any more: unused files are kept for a day. */
export function uploadAgain(ids: string[]): void {
  for (const upload of uploads.values()) {
    if (!upload.file_id || !ids.includes(upload.file_id)) continue
    Object.assign(upload, { file_id: null, state: 'waiting', sent: 0, tries: 0 })
    offers.delete(upload.id)
    void store(upload)
  }
  next()
}

function next(): void {
  const account = session.known?.account.id
  for (const upload of uploads.values()) {
    if (running.size >= AT_ONCE) return
    const due = upload.state === 'making' || upload.state === 'waiting'
    if (due && upload.account === account && !running.has(upload.id) && !pauses.has(upload.id)) void run(upload)
  }
}

async function run(upload: Upload): Promise<void> {
  const control = new AbortController()
  running.set(upload.id, control)
  try {
    // Two tabs with the same draft do not both send its files.
    await alone(`zp-upload-${upload.id}`, () => work(upload, control.signal))
  } catch (error) {
    if (uploads.has(upload.id)) failed(upload, error)
  } finally {
    running.delete(upload.id)
    settled.value += 1
    next()
  }
}

async function work(upload: Upload, signal: AbortSignal): Promise<void> {
  const stored = await get('uploads', upload.id)
  if (stored?.file_id) return finish(upload, stored.file_id, stored.media_type, stored.size) // another tab was first
  if (!upload.ready) await makeSmall(upload)
  const file = await bytesOf(upload.id)
  if (!file) throw new Refused('文件已不在本机，请重新选择')
  const target = TARGETS[upload.target as TargetName] as Target
  const offer = await offerFor(upload, target)
  if (signal.aborted) return
  Object.assign(upload, { state: 'uploading', sent: 0, seconds: null, reason: null, offline: false })
  const began = performance.now()
  if (!arrived.has(offer.file_id)) {
    await sendFile(offer, file, (sent) => moved(upload, sent, performance.now() - began), signal)
    arrived.add(offer.file_id)
  }
  upload.state = 'checking'
  const accepted = await target.complete(offer.file_id)
  await finish(upload, accepted.file_id, accepted.media_type, accepted.size)
}

async function finish(upload: Upload, file_id: string, media_type: string, size: number): Promise<void> {
  Object.assign(upload, { file_id, media_type, size, state: 'done', reason: null, offline: false, tries: 0 })
  offers.delete(upload.id)
  await store(upload)
}

async function makeSmall(upload: Upload): Promise<void> {
  const original = await bytesOf(upload.id)
  if (!original) return
  const { blob, media_type } = await prepare(original)
  if (!uploads.has(upload.id)) return
  if (blob !== original) await put('blobs', blob, upload.id)
  Object.assign(upload, { size: blob.size, media_type, ready: true, state: 'waiting' })
  await store(upload)
}

async function offerFor(upload: Upload, target: Target): Promise<Offer> {
  const known = offers.get(upload.id)
  if (known) return known
  const { media_type, size, name } = upload
  const offer = await target.offer({ media_type, size, name }, `${upload.id}-${upload.offers}`)
  offers.set(upload.id, offer)
  return offer
}

/** The speed counts from the start of this attempt; the rest is rounded up. */
function moved(upload: Upload, sent: number, milliseconds: number): void {
  upload.sent = sent
  if (milliseconds < 800 || sent === 0) return
  upload.seconds = Math.max(1, Math.ceil(((upload.size - sent) * milliseconds) / sent / 1000))
}

class Refused extends Error {}

function failed(upload: Upload, error: unknown): void {
  upload.seconds = null
  const problem = error instanceof ApiProblem ? error : null
  if (error instanceof SendError && error.why === 'expired') return again(upload, '', 0, true)
  if (problem?.code === 'file_missing') return again(upload, '', 0, true)
  if (error instanceof SendError && error.why === 'offline') return again(upload, OFFLINE, pauseOf(upload), false)
  if (problem && (problem.offline || problem.status >= 500 || problem.status === 429)) {
    return again(upload, problem.offline ? OFFLINE : '服务繁忙，会再试', pauseOf(upload), false)
  }
  if (problem?.status === 401) return again(upload, '重新登录后继续上传', LONGEST_PAUSE, false)
  const reason =
    problem?.document.detail ?? problem?.document.title ?? (error instanceof Refused ? error.message : null)
  Object.assign(upload, { state: 'failed', reason: reason ?? '没有传上去，请重试', offline: false })
}

function pauseOf(upload: Upload): number {
  return Math.min(LONGEST_PAUSE, 1000 * 2 ** upload.tries)
}

function again(upload: Upload, reason: string, pause: number, newOffer: boolean): void {
  upload.tries += 1
  if (newOffer) {
    arrived.delete(offers.get(upload.id)?.file_id ?? '')
    offers.delete(upload.id)
    upload.offers += 1
    void store(upload)
    if (upload.tries > 4) {
      Object.assign(upload, { state: 'failed', reason: '没有传上去，请重试', offline: false })
      return
    }
  }
  Object.assign(upload, { state: 'waiting', reason: reason || null, offline: Boolean(reason), sent: 0 })
  if (pause) {
    const timer = setTimeout(() => {
      pauses.delete(upload.id)
      next()
    }, pause)
    pauses.set(upload.id, timer)
  }
}

/** Goes on at once with everything that waits, such as when the network is back. */
export function wakeUploads(): void {
  for (const timer of pauses.values()) clearTimeout(timer)
  pauses.clear()
  next()
}

window.addEventListener('online', wakeUploads)
// What is being sent now does not arrive: said at once, not only when nothing moved for a while.
window.addEventListener('offline', () => {
  for (const control of running.values()) control.abort()
})
watch(
  () => session.status === 'signed-in' && session.known?.account.id,
  (account) => {
    for (const upload of [...uploads.values()]) if (account && upload.account !== account) forget(upload.id)
    if (account) wakeUploads()
  },
)

export { durable }

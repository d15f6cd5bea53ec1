/**
 * A new version of the client while a page is open. Old files stay available for two releases, so nothing breaks at once: a
 * notice offers to reload, and a page whose file is gone reloads by itself after what was written is safe.
 */
import { ref } from 'vue'
import { inTab } from '@/ui/stored'

const LEAST_PAUSE = 5 * 60_000
const EVERY = 15 * 60_000
const RELOADED = 'zp-reloaded'

/** Whether the server has another version than this page. */
export const outdated = ref(false)
let asked = Date.now()
let beforeReload: () => Promise<unknown> = () => Promise.resolve()

/** What has to be done before a reload, so that nothing typed is lost. */
export function onBeforeReload(work: () => Promise<unknown>): void {
  beforeReload = work
}

/** The version that the server has now; null without an answer. */
async function served(): Promise<string | null> {
  try {
    const answer = await fetch('/version.json', { cache: 'no-store' })
    const found: unknown = answer.ok ? await answer.json() : null
    return typeof found === 'object' && found !== null && 'version' in found ? String(found.version) : null
  } catch {
    return null
  }
}

export async function checkVersion(): Promise<boolean> {
  asked = Date.now()
  const found = await served()
  if (found) outdated.value = found !== __VERSION__
  return outdated.value
}

/** Loads the new version; the page comes back at the same address, or at `address`. */
export async function reload(address?: string): Promise<void> {
  await beforeReload().catch(() => undefined)
  if (address) location.assign(address)
  else location.reload()
}

/** A file of this version is gone: reloads once into the new version. False: there is none, so the network is to blame. */
export async function reloadIfOutdated(address: string): Promise<boolean> {
  const found = await served()
  if (!found || found === __VERSION__ || inTab.getItem(RELOADED) === found) return false
  inTab.setItem(RELOADED, found)
  await reload(address)
  return true
}

export function watchVersion(): void {
  const look = () => {
    if (!document.hidden && !outdated.value && Date.now() - asked > LEAST_PAUSE) void checkVersion()
  }
  document.addEventListener('visibilitychange', look)
  setInterval(look, EVERY)
}

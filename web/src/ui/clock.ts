/** The service's clock: a phone's own may be wrong by hours, and deadlines are the service's. */
import { readonly, ref } from 'vue'

let offset = 0
let known = false
const ticking = ref(Date.now())
let timer: ReturnType<typeof setInterval> | undefined

/**
 * Takes the `Date` header of an answer. It has whole seconds and is as old as the answer took to come, so a small
 * difference is noise and is ignored once the offset is known. `at`: when the answer came, by this device's clock (ms).
 */
export function serverSaid(date: string | null, at = Date.now()): void {
  const said = date === null ? NaN : Date.parse(date)
  if (Number.isNaN(said)) return
  const found = said + 500 - at
  if (known && Math.abs(found - offset) < 3000) return
  offset = found
  known = true
  ticking.value = now()
}

/** Now by the service's clock, in milliseconds. */
export function now(): number {
  return Date.now() + offset
}

/** Now as a ref that moves every 15 seconds while the page is shown; nothing on screen counts seconds. */
export function useNow() {
  if (timer === undefined) {
    const tick = () => {
      if (!document.hidden) ticking.value = now()
    }
    timer = setInterval(tick, 15_000)
    document.addEventListener('visibilitychange', tick)
    tick()
  }
  return readonly(ticking)
}

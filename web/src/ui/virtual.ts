/**
 * Which rows of a long list are in the window: the page scrolls, and only some forty rows exist. All rows have the same height,
 * which is measured at the first one.
 */
import { computed, onBeforeUnmount, onMounted, ref, type Ref } from 'vue'

/** By how many rows the window moves; there are as many rows to spare on each side. */
const STEP = 8

export function useVirtual(count: () => number, body: Ref<HTMLElement | null>, guess: number, active: () => boolean) {
  const height = ref(guess)
  const first = ref(0)
  const shown = ref(40)
  let frame = 0

  function measure() {
    frame = 0
    const element = body.value
    if (!element || !active()) return
    const row = element.querySelector<HTMLElement>('[data-row]')
    if (row && row.offsetHeight > 0 && Math.abs(row.offsetHeight - height.value) > 0.5) height.value = row.offsetHeight
    const top = -element.getBoundingClientRect().top
    const room = Math.ceil(innerHeight / height.value)
    shown.value = room + 3 * STEP
    // In steps, so that most frames of a scroll draw nothing anew.
    const wanted = Math.floor(top / height.value / STEP) * STEP - STEP
    first.value = Math.max(0, Math.min(wanted, count() - shown.value))
  }
  function later() {
    frame ||= requestAnimationFrame(measure)
  }
  onMounted(() => {
    // In the capture phase: whichever element scrolls.
    addEventListener('scroll', later, { capture: true, passive: true })
    addEventListener('resize', later)
    later()
  })
  onBeforeUnmount(() => {
    removeEventListener('scroll', later, true)
    removeEventListener('resize', later)
    cancelAnimationFrame(frame)
  })

  const from = computed(() => (active() ? first.value : 0))
  const to = computed(() => (active() ? Math.min(count(), first.value + shown.value) : count()))
  const before = computed(() => from.value * height.value)
  const after = computed(() => (count() - to.value) * height.value)
  return { from, to, before, after, measure: later }
}

/**
 * The back button of the browser or the host closes what lies over the page (dialog, sheet, menu) and leaves the page. Each layer
 * puts one entry into the history; the router does not hear of it. A navigation waits until the entries are gone.
 */
import { inject, onBeforeUnmount, watch, type Ref } from 'vue'
import { routerKey, type Router } from 'vue-router'

const layers: { close: () => void }[] = []
let leaving = 0
let told: (() => void)[] = []
const guarded = new WeakSet<Router>()

/** When all layers that closed have left the history: going back would end a download that begins meanwhile. */
export function settled(): Promise<void> {
  return leaving === 0 ? Promise.resolve() : new Promise((resolve) => told.push(resolve))
}

addEventListener(
  'popstate',
  (event) => {
    if (leaving > 0) {
      event.stopImmediatePropagation()
      leaving--
      if (leaving === 0) {
        for (const tell of told) tell()
        told = []
      }
      return
    }
    const top = layers.pop()
    if (!top) return
    event.stopImmediatePropagation()
    top.close()
  },
  true,
)

function leave(layer: { close: () => void }) {
  const at = layers.indexOf(layer)
  if (at < 0) return
  layers.splice(at, 1)
  if (history.state?.layer !== undefined) {
    leaving++
    history.back()
  }
}

/** Closes on back while `open` is true. */
export function useBackCloses(open: Ref<boolean>, close: () => void): void {
  const router = inject(routerKey, null)
  const layer = { close }
  if (router && !guarded.has(router)) {
    guarded.add(router)
    router.beforeEach(async (to, from) => {
      if (to.path !== from.path) for (const { close: shut } of [...layers]) shut()
      await Promise.resolve()
      await settled()
    })
  }
  watch(
    open,
    (now) => {
      if (!now) return leave(layer)
      if (layers.includes(layer)) return
      layers.push(layer)
      history.pushState({ ...history.state, layer: layers.length }, '')
    },
    { immediate: true, flush: 'sync' },
  )
  onBeforeUnmount(() => leave(layer))
}

/**
 * The focus is never lost: when the control that has it goes away with what it did (a bar that is closed, a form that becomes a
 * result), the heading of the nearest part of the page that is still there takes it. Whoever moves the focus on purpose comes first.
 */
const HEADING = 'h1, h2, h3, h4'

export function keepFocus(): void {
  let around: Element[] = []
  let waiting = false
  addEventListener('focusin', ({ target }) => {
    around = []
    for (let one = target instanceof Element ? target : null; one; one = one.parentElement) around.push(one)
  })
  function look() {
    waiting = false
    if (document.activeElement !== document.body || !around.length || around[0]?.isConnected) return
    const left = around.find((one) => one.isConnected && one !== document.body && one.querySelector(HEADING))
    const heading = (left ?? document).querySelector<HTMLElement>(HEADING)
    around = []
    if (!heading) return
    if (!heading.hasAttribute('tabindex')) heading.tabIndex = -1
    heading.focus({ preventScroll: true })
  }
  new MutationObserver(() => {
    if (waiting || around[0]?.isConnected !== false) return
    waiting = true
    setTimeout(look, 60)
  }).observe(document.body, { childList: true, subtree: true })
}

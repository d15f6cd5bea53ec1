/**
 * One-key shortcuts of desks: only outside of fields, dialogs and compositions, and only while they are switched on (按键设置). Every
 * shortcut has a button that does the same. Keys as `event.key`; letters match in both cases; `Ctrl+Enter` works in fields too.
 */
import { onBeforeUnmount, onMounted, ref } from 'vue'
import { isComposing } from './composing'
import { onDevice } from './stored'

const KEY = 'zp-shortcuts'
export const shortcutsOn = ref(onDevice.getItem(KEY) !== 'off')

export function setShortcuts(on: boolean): void {
  shortcutsOn.value = on
  if (on) onDevice.removeItem(KEY)
  else onDevice.setItem(KEY, 'off')
}

type Actions = Record<string, (event: KeyboardEvent) => void>

const FIELDS = 'input:not([type=radio]):not([type=checkbox]), textarea, select, [contenteditable], [role=combobox]'
/** Keys that a focused control uses itself. */
const OWN: Record<string, string> = {
  ' ': 'button, a, summary, input, [role]',
  Enter: 'button, a, summary, input, [role]',
  ArrowLeft: '[role=tablist] *, [role=tree] *, [role=slider], input',
  ArrowRight: '[role=tablist] *, [role=tree] *, [role=slider], input',
  ArrowUp: '[role=tree] *, input',
  ArrowDown: '[role=tree] *, input',
}

/** The action for a key press, or null where the key belongs to what has the focus. */
export function shortcutFor(event: KeyboardEvent, actions: Actions): ((event: KeyboardEvent) => void) | null {
  if (event.defaultPrevented || isComposing(event) || event.altKey) return null
  const target = event.target instanceof Element ? event.target : null
  const dialog = document.querySelector('[role=dialog], [role=alertdialog]')
  if (event.ctrlKey || event.metaKey) {
    return event.key === 'Enter' ? (actions['Ctrl+Enter'] ?? null) : null
  }
  if (event.key !== 'Escape') {
    if (!shortcutsOn.value || target?.closest(FIELDS)) return null
    if (dialog && !dialog.contains(target)) return null
    const own = OWN[event.key]
    if (own && target?.matches(own)) return null
  }
  return actions[event.key] ?? actions[event.key.toLowerCase()] ?? actions[event.key.toUpperCase()] ?? null
}

/** Listens while the component is in the page. `actions` is read at each press. */
export function useShortcuts(actions: () => Actions): void {
  function onKey(event: KeyboardEvent) {
    const run = shortcutFor(event, actions())
    if (!run) return
    event.preventDefault()
    run(event)
  }
  onMounted(() => addEventListener('keydown', onKey))
  onBeforeUnmount(() => removeEventListener('keydown', onKey))
}

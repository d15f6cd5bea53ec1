/** Sentences for screen readers. `LiveRegion.vue` stands once in the page and says them. */
import { reactive, readonly } from 'vue'

const said = reactive({ status: '', alert: '' })
export const live = readonly(said)

/** Says a sentence: politely, or at once for refusals and failures. The same sentence twice is said twice. */
export function announce(text: string, how: 'status' | 'alert' = 'status'): void {
  said[how] = ''
  setTimeout(() => (said[how] = text), 60)
}

/** A value as the text of an input; an empty one is null. */
import { computed, type Ref } from 'vue'
import type { Value } from './model'

export function useText(model: Ref<Value>) {
  return computed({
    get: () =>
      model.value === null || model.value === undefined || typeof model.value === 'object' ? '' : String(model.value),
    set: (text: string) => (model.value = text === '' ? null : text),
  })
}

/** What a field tells the input inside it. */
import { computed, inject, useId, type ComputedRef, type InjectionKey } from 'vue'

export interface FieldContext {
  id: string
  labelId: string
  describedBy: string | undefined
  invalid: boolean
  required: boolean
}

export const FIELD: InjectionKey<ComputedRef<FieldContext>> = Symbol('field')

/** Attributes of the native input: name, description, error. Outside a `Field` the caller gives `aria-label`. */
export function useField() {
  const own = useId()
  const field = inject(FIELD, null)
  return computed(() => ({
    id: field?.value.id ?? own,
    'aria-describedby': field?.value.describedBy,
    'aria-invalid': field?.value.invalid || undefined,
    'aria-required': field?.value.required || undefined,
  }))
}

/** Sending a small form: busy, the refusal, and errors by field, from the form's own check and from the service. */
import { computed, nextTick, ref, type Ref } from 'vue'
import { problemOf, type ApiProblem } from '@/api/problem'

type Errors = Record<string, string | undefined>

export function useSubmit(form: Ref<HTMLElement | undefined>) {
  const busy = ref(false)
  const refused = ref<ApiProblem | null>(null)
  const missing = ref<Errors>({})

  const errors = computed<Errors>(() => {
    const found = refused.value
    const { field, title } = found?.document ?? {}
    return { ...missing.value, ...(field ? { [field]: title } : {}), ...found?.byField }
  })
  /** The refusal, unless a field says it. */
  const problem = computed(() => {
    const found = refused.value
    return found && !found.document.field && !found.document.errors?.length ? found : null
  })

  function focusError(): void {
    void nextTick(() => form.value?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus())
  }

  /** Runs `work` unless it runs already or `check` finds something; answers whether it succeeded. */
  async function submit(check: Errors, work: () => Promise<unknown>): Promise<boolean> {
    if (busy.value) return false
    refused.value = null
    missing.value = Object.fromEntries(Object.entries(check).filter(([, error]) => error))
    if (Object.keys(missing.value).length) {
      focusError()
      return false
    }
    busy.value = true
    try {
      await work()
      return true
    } catch (error) {
      refused.value = problemOf(error)
      if (Object.keys(errors.value).length) focusError()
      return false
    } finally {
      busy.value = false
    }
  }
  return { busy, refused, problem, errors, submit }
}

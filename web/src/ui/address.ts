/** Filters, tabs and pages stand in the address, so that back, reload and a sent link show the same. */
import { computed, type WritableComputedRef } from 'vue'
import { useRoute, useRouter, type LocationQuery } from 'vue-router'

/** What the address is changing to, so that two changes in one moment do not undo each other. */
let next: LocationQuery | null = null

/** One member of the query string. `''` removes it. Changing it replaces the address and leaves the place in the history. */
export function useQueryParam(name: string): WritableComputedRef<string> {
  const route = useRoute()
  const router = useRouter()
  return computed({
    get: () => (typeof route.query[name] === 'string' ? route.query[name] : ''),
    set: (value) => {
      const query = { ...(next ?? route.query), [name]: value }
      if (!value) Reflect.deleteProperty(query, name)
      next = query
      void router.replace({ query, hash: route.hash }).finally(() => {
        if (next === query) next = null
      })
    },
  })
}

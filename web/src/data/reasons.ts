/** The reasons of a scheme with which a record or a position is returned; some need a note. */
import { useQuery } from '@tanstack/vue-query'
import { computed, toValue, type MaybeRefOrGetter } from 'vue'
import { data, records } from '@/api/client'
import { schemeOf } from './kinds'

export interface Reason {
  id: string
  title: string
  used_for: string[]
  /** A note must say more. */
  note: boolean
}

/** Of the scheme of the thing's own term, in the scheme's order; empty until they are known. */
export function useReasons(what: 'record' | 'position', term: MaybeRefOrGetter<string | null>) {
  const term_id = computed(() => toValue(term) ?? '')
  const query = useQuery({
    queryKey: ['records', 'reasons', term_id],
    queryFn: async () => {
      const found = await data(records.GET('/terms/{term_id}', { params: { path: { term_id: term_id.value } } }))
      return (await schemeOf(found)).return_reasons as unknown as Reason[]
    },
    enabled: computed(() => term_id.value !== ''),
    staleTime: Infinity,
  })
  return computed(() => (query.data.value ?? []).filter((reason) => reason.used_for.includes(what)))
}

/** Queries that several areas use. Keys begin with the service; live events invalidate by it. */
import { QueryClient, useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { data, records } from '@/api/client'
import { ApiProblem } from '@/api/problem'
import { useHome } from './home'

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      // A refusal is an answer; only what may pass by itself is tried again.
      retry: (count, error) => count < 2 && error instanceof ApiProblem && error.status >= 500,
      networkMode: 'always',
    },
    mutations: { networkMode: 'always', retry: false },
  },
})

/** The term of the card's school that is under way; null if there is none. */
export function useTerm() {
  const home = useHome('records')
  return { ...home, data: computed(() => (home.data.value ? (home.data.value.terms[0] ?? null) : undefined)) }
}

/** The scheme of the present term, or above schools the one in force. It never changes, so it is read once. */
export function useScheme() {
  const home = useHome('records')
  const path = computed(() => {
    const { scheme_id, scheme_version: version } = home.data.value ?? {}
    return scheme_id && version ? { scheme_id, version } : null
  })
  return useQuery({
    queryKey: ['records', 'scheme', path],
    queryFn: () =>
      data(
        records.GET('/schemes/{scheme_id}/{version}', {
          params: { path: path.value ?? { scheme_id: '', version: '' } },
        }),
      ),
    enabled: computed(() => path.value !== null),
    staleTime: Infinity,
    gcTime: Infinity,
  })
}

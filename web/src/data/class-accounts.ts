/** Which students of a class, and their guardians, use the platform. */
import { useQuery } from '@tanstack/vue-query'
import { computed, type Ref } from 'vue'
import { data, identity } from '@/api/client'

export function useClassAccounts(path: Readonly<Ref<string | null>>) {
  const accounts = useQuery({
    queryKey: ['identity', 'class-accounts', path],
    queryFn: () => data(identity.GET('/classes/accounts', { params: { query: { path: path.value ?? '' } } })),
    enabled: computed(() => path.value !== null),
  })
  const accountOf = computed(() => new Map((accounts.data.value?.items ?? []).map((one) => [one.student_id, one])))
  return { accounts, accountOf }
}

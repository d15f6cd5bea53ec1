/** How many messages this account has not read. The live stream keeps it up to date. */
import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { data, notify } from '@/api/client'
import { card } from '@/app/session'

export function useUnread() {
  const query = useQuery({
    queryKey: ['notify', 'unread'],
    queryFn: () => data(notify.GET('/unread')),
    enabled: computed(() => card.value !== null),
  })
  return computed(() => query.data.value?.unread ?? 0)
}

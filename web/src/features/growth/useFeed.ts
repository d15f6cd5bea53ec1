/** Feeds of growth records: one's own, the class's, the school's; and what the family does with its own. */
import { useInfiniteQuery, useMutation } from '@tanstack/vue-query'
import { computed, type Ref } from 'vue'
import { data, ifMatch, records } from '@/api/client'
import type { components } from '@/api/generated/records'
import { card } from '@/app/session'
import { queryClient } from '@/data/queries'

export type Shared = components['schemas']['SharedView']
export type Feed = 'own' | 'class' | 'school'

export function useFeed(feed: Ref<Feed>) {
  const list = useInfiniteQuery({
    queryKey: ['records', 'feed', computed(() => card.value?.id), feed],
    queryFn: ({ pageParam }) =>
      data(records.GET('/shared', { params: { query: { circle: feed.value, cursor: pageParam, limit: 20 } } })),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next ?? undefined,
  })
  return { list, query: { ...list, data: computed(() => list.data.value?.pages.flatMap((page) => page.items)) } }
}

const refresh = () => queryClient.invalidateQueries({ queryKey: ['records'] })
const one = (record: Shared) => ({
  params: { path: { record_id: record.id } },
  headers: ifMatch(record.own?.version ?? 0),
})

export function useOwnActions() {
  const categorise = useMutation({
    mutationFn: ({ record, kind }: { record: Shared; kind: string | null }) =>
      data(records.PUT('/records/{record_id}/category', { ...one(record), body: { kind } })),
    onSuccess: refresh,
  })
  const remove = useMutation({
    mutationFn: (record: Shared) => data(records.DELETE('/records/{record_id}', one(record))),
    onSuccess: refresh,
  })
  return { categorise, remove }
}

/** Queries that need what another one answers. */
import { computed, type Ref } from 'vue'

interface Query<D> {
  data: Ref<D | undefined>
  error: Ref<unknown>
  isFetching: Ref<boolean>
  dataUpdatedAt: Ref<number>
  refetch: () => unknown
}

/** `query` as a screen shows it: while `first` fails, its failure and its retry, instead of loading for ever. */
export function after<D>(
  first: Pick<Query<unknown>, 'data' | 'error' | 'isFetching' | 'refetch'>,
  query: Query<D>,
): Query<D> {
  const waits = computed(() => first.data.value === undefined)
  return {
    data: query.data,
    dataUpdatedAt: query.dataUpdatedAt,
    error: computed(() => (waits.value ? first.error.value : query.error.value)),
    isFetching: computed(() => (waits.value ? first.isFetching.value : query.isFetching.value)),
    refetch: () => (waits.value ? first.refetch() : query.refetch()),
  }
}

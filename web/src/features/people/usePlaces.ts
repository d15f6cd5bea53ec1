/** Where a colleague may be placed: the card's own organisation; of a school its classes, else what lies directly below. */
import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { data, identity } from '@/api/client'
import { card } from '@/app/session'
import { nameOf } from './useClasses'

export function usePlaces() {
  const path = computed(() => card.value?.path ?? '')
  const below = useQuery({
    queryKey: ['identity', 'places', path],
    queryFn: async () => {
      if (card.value?.level === 'school') {
        const { items } = await data(identity.GET('/classes', { params: { query: {} } }))
        return items.map((one) => ({ id: one.path, title: nameOf(one) }))
      }
      const { items } = await data(identity.GET('/organisations/below', { params: { query: { path: path.value } } }))
      return items.map((one) => ({ id: one.path, title: one.title }))
    },
  })
  return computed(() => [{ id: path.value, title: card.value?.organisation ?? '本单位' }, ...(below.data.value ?? [])])
}

/** The class for which one enters, and its students: the card's own, or one of those below it (`class` in the address). */
import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { data, identity } from '@/api/client'
import type { components } from '@/api/generated/identity'
import { card } from '@/app/session'
import { useQueryParam } from '@/ui/address'

export type Student = components['schemas']['StudentView']

export function useClass() {
  const chosen = useQueryParam('class')
  const own = computed(() => (card.value?.level === 'class' ? card.value.path : null))
  const path = computed(() => own.value ?? (chosen.value || null))
  const classes = useQuery({
    queryKey: ['identity', 'classes', computed(() => card.value?.path)],
    queryFn: async () => {
      const query = { path: card.value?.path ?? null }
      return (await data(identity.GET('/classes', { params: { query } }))).items
    },
    enabled: computed(() => card.value !== null && own.value === null),
  })
  const students = useQuery({
    queryKey: ['identity', 'students', 'class', path],
    queryFn: async () => {
      const found: Student[] = []
      let cursor: string | null = null
      do {
        const query: { path: string | null; cursor: string | null } = { path: path.value, cursor }
        const page: components['schemas']['Page_StudentView_'] = await data(
          identity.GET('/students', { params: { query } }),
        )
        found.push(...page.items)
        cursor = page.next ?? null
      } while (cursor)
      return found
    },
    enabled: computed(() => path.value !== null),
  })
  return { own, chosen, path, classes, students }
}

/** The class for which one enters, and its students: the card's own, or one of those below it (`school`, `class` in the address). */
import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { data, identity } from '@/api/client'
import type { components } from '@/api/generated/identity'
import { card } from '@/app/session'
import { useQueryParam } from '@/ui/address'
import { useSchool } from './schools'

export type Student = components['schemas']['StudentView']

export function useClass() {
  const inAddress = useQueryParam('class')
  const school = useSchool()
  /** A class of another school is none that was chosen. */
  const chosen = computed({
    get: () => (inAddress.value.startsWith(`${school.path.value}.`) ? inAddress.value : ''),
    set: (path) => (inAddress.value = path),
  })
  const own = computed(() => (card.value?.level === 'class' ? card.value.path : null))
  const path = computed(() => own.value ?? (chosen.value || null))
  const classes = useQuery({
    queryKey: ['identity', 'classes', school.path],
    queryFn: async () => {
      const query = { path: school.path.value }
      return (await data(identity.GET('/classes', { params: { query } }))).items
    },
    enabled: computed(() => own.value === null && school.path.value !== null),
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
  /** What leads to this class from another page. */
  const query = computed(() => ({
    ...(school.place.value && { school: school.place.value }),
    ...(chosen.value && { class: chosen.value }),
  }))
  return { own, school, chosen, path, query, classes, students }
}

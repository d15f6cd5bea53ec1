/** The positions of the card's student, and whether one may be declared now. */
import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { data, records } from '@/api/client'
import type { components } from '@/api/generated/records'
import { card } from '@/app/session'
import { after } from '@/data/after'
import { useHome } from '@/data/home'
import { useTermSchemes, type TermWithScheme } from '@/data/term-scheme'
import type { HomeWindow } from '@/data/todo'

export type Position = components['schemas']['PositionView']

export function usePositions() {
  const student_id = computed(() => card.value?.student_id ?? null)
  return useQuery({
    queryKey: ['records', 'positions', student_id],
    queryFn: async () => {
      const found: Position[] = []
      let cursor: string | null = null
      do {
        const query: { student_id: string | null; cursor: string | null; limit: number } = {
          student_id: student_id.value,
          cursor,
          limit: 100,
        }
        const page: { items: Position[]; next?: string | null } = await data(
          records.GET('/positions', { params: { query } }),
        )
        found.push(...page.items)
        cursor = page.next ?? null
      } while (cursor)
      return found
    },
    enabled: computed(() => student_id.value !== null),
  })
}

/** The term in which positions may be declared now, or the one that comes first; `until`, `opens`: the window. */
export function useDeclaring() {
  const home = useHome('records')
  const terms = useTermSchemes(computed(() => home.data.value?.terms.map(({ id }) => id)))
  const declaring = computed(() => {
    const [own, found] = [home.data.value, terms.data.value]
    if (!own || !found) return undefined
    const having = found.filter(({ scheme }) => scheme.positions)
    const of = (term: TermWithScheme, windows: HomeWindow[] = []) =>
      windows.find((one) => one.term_id === term.id && one.operation === term.scheme.positions?.operation) ?? null
    const open = having.find((term) => of(term, own.now))
    const term = open ?? having.find((one) => of(one, own.next)) ?? having[0] ?? null
    if (!term) return null
    return { term, open: open !== undefined, now: of(term, own.now), next: of(term, own.next) }
  })
  return { home, terms: after(home, terms), declaring }
}

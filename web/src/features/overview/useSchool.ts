/** How far the classes of the card's school are. */
import { useQueries } from '@tanstack/vue-query'
import { computed } from 'vue'
import { data, records } from '@/api/client'
import type { components } from '@/api/generated/records'
import { useHome } from '@/data/home'

export type Numbers = components['schemas']['ProgressNumbers']
export interface Row extends Numbers {
  /** With its grade: 2025级1班. */
  name: string
}

export const progressOf = (path: string) => data(records.GET('/progress', { params: { query: { path } } }))

/** The classes of the school with the grade's name, in the service's order; the home screen has the grades, each grade its classes. */
export function useClasses() {
  const home = useHome('records')
  const grades = computed(() => home.data.value?.progress?.children ?? [])
  const queries = useQueries({
    queries: computed(() =>
      grades.value
        .filter(({ level }) => level !== 'class')
        .map(({ path }) => ({ queryKey: ['records', 'progress', path], queryFn: () => progressOf(path) })),
    ),
  })
  const classes = computed<Row[]>(() => [
    ...grades.value.filter(({ level }) => level === 'class').map((one) => ({ ...one, name: one.title })),
    ...queries.value.flatMap(({ data: grade }) =>
      grade ? grade.children.map((one) => ({ ...one, name: `${grade.title}${one.title}` })) : [],
    ),
  ])
  const loading = computed(() => queries.value.some((query) => query.isPending))
  return { home, classes, loading }
}

/** What the card may import: of each term under way, and the roster of its school, which belongs to no term. */
import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { data, importer } from '@/api/client'
import type { components } from '@/api/generated/import'
import { card } from '@/app/session'
import { useHome } from '@/data/home'

export type Batch = components['schemas']['BatchView']
export type BatchDetail = components['schemas']['BatchDetail']

/** A type with the term into which it imports. */
export type ImportType = components['schemas']['TypeView'] & { term: { id: string; title: string } | null }

export function useImportTypes() {
  const home = useHome('records')
  const terms = computed(() => home.data.value?.terms.map(({ id, title }) => ({ id, title })))
  const types = useQuery({
    queryKey: ['import', 'types', computed(() => [card.value?.id, terms.value])],
    queryFn: async () => {
      const asked = [null, ...(terms.value ?? [])]
      const found = await Promise.all(
        asked.map(async (term) => {
          const query = { term_id: term?.id ?? null }
          const { items } = await data(importer.GET('/types', { params: { query } }))
          return items.map((type): ImportType => ({ ...type, term: type.needs_term ? term : null }))
        }),
      )
      const all = found.flat()
      return all.filter((one, at) => one.term !== null || all.findIndex(({ type }) => type === one.type) === at)
    },
    enabled: computed(() => terms.value !== undefined),
  })
  // A failure of the home screen's request is one of this page.
  return { ...types, error: computed(() => types.error.value ?? home.error.value) }
}

export function typeOf(types: readonly ImportType[], type: string, term: string): ImportType | null {
  const same = types.filter((one) => one.type === type)
  return same.find((one) => one.term?.id === term) ?? same.find(({ open }) => open) ?? same[0] ?? null
}

/** The page on which a workbook of a type is chosen. */
export function newImport(type: string, term_id: string | null | undefined) {
  return { path: `/imports/new/${type}`, query: term_id ? { term: term_id } : {} }
}

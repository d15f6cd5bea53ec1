/** The school for which one works: the card's own; above schools one that is chosen level by level, `school` in the address. */
import { useQueries } from '@tanstack/vue-query'
import { computed } from 'vue'
import { data, identity } from '@/api/client'
import { card } from '@/app/session'
import { useQueryParam } from '@/ui/address'
import type { Option } from '@/ui/choices'

/** A level to choose at: from which organisations, and which one is chosen. */
export interface SchoolStep {
  title: string
  options: Option[]
  chosen: string
}

/** What is chosen below a card of this level, in order. */
const BELOW: Record<string, string[]> = {
  district: ['学校'],
  city: ['区县', '学校'],
  province: ['市', '区县', '学校'],
}

/**
 * What a card has to choose down to a school: for each level that can be chosen now its title, the organisation whose children are
 * the options, and what is chosen; and the school, null as long as none is. What lies outside of the card's organisation is no choice.
 */
export function chosenBelow(level: string, own: string, place: string) {
  const titles = BELOW[level] ?? []
  const inside = place.startsWith(`${own}.`) ? place.split('.') : []
  const depth = own.split('.').length
  const at = (step: number) => (step < inside.length - depth ? inside.slice(0, depth + step + 1).join('.') : '')
  const parents = [own, ...titles.map((_, step) => at(step))]
  const steps = titles
    .map((title, step) => ({ title, parent: parents[step] ?? '', chosen: at(step) }))
    .filter(({ parent }) => parent)
  const school = titles.length ? at(titles.length - 1) : own
  return { steps, school: school || null }
}

export function useSchool() {
  const place = useQueryParam('school')
  const found = computed(() =>
    card.value ? chosenBelow(card.value.level, card.value.path, place.value) : { steps: [], school: null },
  )
  const lists = useQueries({
    queries: computed(() =>
      found.value.steps.map(({ parent }) => ({
        queryKey: ['identity', 'places', 'below', parent],
        queryFn: () => data(identity.GET('/organisations/below', { params: { query: { path: parent } } })),
      })),
    ),
  })
  const steps = computed<SchoolStep[]>(() =>
    found.value.steps.map(({ title, chosen }, at) => ({
      title,
      options: (lists.value[at]?.data?.items ?? []).map((one) => ({ id: one.path, title: one.title })),
      chosen,
    })),
  )
  /** null: none is chosen yet. */
  const path = computed(() => found.value.school)
  return { place, path, steps }
}

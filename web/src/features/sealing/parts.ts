/** What the panels of the page share. */
import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { data, identity } from '@/api/client'
import type { components } from '@/api/generated/records'
import { can } from '@/app/capabilities'
import { acting } from '@/app/session'
import { useScheme } from '@/data/queries'

export type Term = components['schemas']['TermView']
type Archives = components['schemas']['Archives']
type Kind = components['schemas']['Kind']

/** What the scheme lets this card do with archives. */
export function useMay() {
  const scheme = useScheme()
  const archives = computed(() => scheme.data.value?.archives as Archives | undefined)
  const is = (by: string | null | undefined) => Boolean(by) && acting.value.roles.includes(by ?? '')
  return {
    seal: computed(() => can(acting.value, 'seal')),
    correct: computed(() => is(archives.value?.correction?.by)),
    sign: computed(() => is(archives.value?.correction?.second_by)),
    backfill: computed(() => is(archives.value?.backfill?.by)),
    release: computed(() => is(archives.value?.release?.by)),
    /** Kinds whose records may be released. */
    releasable: computed(() =>
      (scheme.data.value?.dimensions ?? []).flatMap(({ kinds }) => (kinds as Kind[]).filter((kind) => kind.releasable)),
    ),
  }
}

/** Classes of the school in its order, with their grade. */
export function useClassNames() {
  const query = useQuery({
    queryKey: ['identity', 'classes', null],
    queryFn: () => data(identity.GET('/classes', { params: { query: {} } })),
  })
  const items = computed(() =>
    (query.data.value?.items ?? []).map(({ path, title, grade_title }) => ({ path, name: `${grade_title}${title}` })),
  )
  return { items, nameOf: (path: string) => items.value.find((one) => one.path === path)?.name ?? '' }
}

/** Fetches a file by its one-time address: an answer with `Content-Disposition` leaves the page as it is. */
export function fetchFile(url: string): void {
  window.location.assign(url)
}

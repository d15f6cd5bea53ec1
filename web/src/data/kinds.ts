/** Kinds of a term's scheme and what the card may enter of them. */
import { useQuery } from '@tanstack/vue-query'
import { computed, toValue, type MaybeRefOrGetter } from 'vue'
import { data, records } from '@/api/client'
import type { components } from '@/api/generated/records'
import { card } from '@/app/session'
import type { Dimension, Kind } from '@/scheme/model'
import { useHome } from './home'
import { queryClient } from './queries'

type Writable = components['schemas']['WritableKindsView']
type Term = components['schemas']['TermView']

/** What may be entered in a term. */
export interface Entering extends Writable {
  term: Pick<Term, 'id' | 'title' | 'time_zone'>
  dimensions: Dimension[]
  /** The kind of growth records that belong to no dimension yet. */
  growth: Growth | null
}

/** Growth records as the scheme has them: their form, and who may see them. */
export interface Growth {
  kind: Kind | null
  default_visibility: string
  visibilities: { id: string; title: string; scope: 'own' | 'class' | 'school' }[]
}

async function entering(term_id: string, student_id: string | null): Promise<Entering> {
  const params = { path: { term_id } }
  const [kinds, term] = await Promise.all([
    data(records.GET('/terms/{term_id}/kinds', { params: { ...params, query: { student_id } } })),
    data(records.GET('/terms/{term_id}', { params })),
  ])
  const scheme = await schemeOf(term)
  const { dimensions, drafts } = scheme as unknown as { dimensions: Dimension[]; drafts?: Growth | null }
  return { ...kinds, term, dimensions, growth: drafts ?? null }
}

/** A version of a scheme never changes, so it is read once. */
export function schemeOf({ scheme_id, scheme_version: version }: Pick<Term, 'scheme_id' | 'scheme_version'>) {
  const path = { scheme_id, version }
  return queryClient.fetchQuery({
    queryKey: ['records', 'scheme', path],
    queryFn: () => data(records.GET('/schemes/{scheme_id}/{version}', { params: { path } })),
    staleTime: Infinity,
  })
}

/** The dimensions of a term, and where there is one, the kind of growth records as a dimension without a name. */
async function dimensionsOf(term: Term): Promise<Dimension[]> {
  const scheme = await schemeOf(term)
  const { dimensions, drafts } = scheme as unknown as { dimensions: Dimension[]; drafts?: Growth | null }
  return drafts?.kind ? [...dimensions, without(drafts.kind)] : dimensions
}

const without = (kind: Kind): Dimension => ({ id: '', title: '', kinds: [kind] })

/** A kind by its id, also that of growth records. */
export function enteredKind(entering: Entering, id: string | null): { kind: Kind; dimension: Dimension } | null {
  const growth = entering.growth?.kind
  if (growth && growth.id === id) return { kind: growth, dimension: without(growth) }
  return kindOf(entering.dimensions, id)
}

/** How many of a school's newest terms are asked what may be entered in them. */
const NEWEST = 4

/**
 * What the card may enter for a student, until when, and how many more; without a student, for the card's own. Of several terms that
 * are under way the first in which something is open, or the one that is named. Cards above schools have no terms of their own: the
 * newest of a `school` (its path) are asked.
 */
export function useEntering(
  student: MaybeRefOrGetter<string | null>,
  named: MaybeRefOrGetter<string | null> = null,
  enabled: MaybeRefOrGetter<boolean> = true,
  school: MaybeRefOrGetter<string | null> = null,
) {
  const home = useHome('records')
  const there = computed(() => toValue(school))
  const below = useQuery({
    queryKey: ['records', 'terms', 'of', there],
    queryFn: () => data(records.GET('/terms', { params: { query: { path: there.value, limit: NEWEST } } })),
    enabled: computed(() => there.value !== null),
  })
  const student_id = computed(() => toValue(student))
  const terms = computed(() => {
    const one = toValue(named)
    if (one) return [one]
    return (there.value ? below.data.value?.items : home.data.value?.terms)?.map(({ id }) => id)
  })
  return useQuery({
    queryKey: ['records', 'kinds', computed(() => [terms.value, student_id.value])],
    queryFn: async () => {
      let first: Entering | null = null
      for (const id of terms.value ?? []) {
        const found = await entering(id, student_id.value)
        if (found.kinds.some(({ open }) => open)) return found
        first ??= found
      }
      return first
    },
    enabled: computed(() => Boolean(toValue(enabled) && terms.value && (student_id.value || card.value?.student_id))),
  })
}

/** A kind and its dimension by the kind's id, of whichever scheme the term has. */
export function kindOf(dimensions: Dimension[], id: string | null): { kind: Kind; dimension: Dimension } | null {
  for (const dimension of dimensions) {
    const kind = dimension.kinds.find((it) => it.id === id)
    if (kind) return { kind, dimension }
  }
  return null
}

/** The kind of a record, from the version of the scheme under which it was written; null until it is known. */
export function useKindOf(record: MaybeRefOrGetter<{ term_id: string; kind: string; scheme_version?: string } | null>) {
  const term_id = computed(() => toValue(record)?.term_id ?? '')
  const version = computed(() => toValue(record)?.scheme_version)
  const query = useQuery({
    queryKey: ['records', 'dimensions', term_id, version],
    queryFn: async () => {
      const path = { term_id: term_id.value }
      const term = await data(records.GET('/terms/{term_id}', { params: { path } }))
      return dimensionsOf({ ...term, scheme_version: version.value ?? term.scheme_version })
    },
    enabled: computed(() => term_id.value !== ''),
    staleTime: Infinity,
  })
  return computed(() => (query.data.value ? kindOf(query.data.value, toValue(record)?.kind ?? null) : null))
}

const PERIODS: Record<string, string> = { term: '本学期', year: '本学年' }

const SPANS: Record<string, string> = { day: '今天', week: '本周', month: '本月', term: '本学期', year: '本学年' }

/** “阅读时长”本月已用 18 / 20 小时，还剩 2 小时: quotas that several kinds share. */
export function sharedText(quotas: Entering['kinds'][number]['shared_quotas']): string {
  return quotas
    .map(({ title, per, max, used, unit, refuses }) => {
      const left = Math.max(0, Number(max) - Number(used))
      const rest = left || refuses ? `还剩 ${left} ${unit}` : '再多不计入'
      return `“${title}”${SPANS[per] ?? '在校期间'}已有 ${Number(used)} / ${Number(max)} ${unit}，${rest}`
    })
    .join('；')
}

/** 本学年已上报 0 / 1 条; empty without a quota. `submit`: the scheme's word. */
export function quotaText(quotas: Entering['kinds'][number]['quotas'], submit: string): string {
  return quotas.map(({ per, max, used }) => `${PERIODS[per] ?? '在校期间'}已${submit} ${used} / ${max} 条`).join('，')
}

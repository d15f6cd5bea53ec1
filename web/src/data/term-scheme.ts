/** The scheme of any term, for pages about terms that need not be the present one. */
import { useQuery } from '@tanstack/vue-query'
import { computed, toValue, type MaybeRefOrGetter } from 'vue'
import { data, records } from '@/api/client'
import type { Form } from '@/scheme/model'
import { queryClient } from './queries'

interface Step {
  title: string
  operation: string
}

/** What these pages read of a scheme. */
export interface TermScheme {
  dimensions?: {
    id: string
    title?: string
    criteria?: string | null
    kinds: {
      id: string
      title?: string
      operation?: string
      publicity?: { operation?: string | null }
      review?: { steps: Step[] } | null
    }[]
  }[]
  imports?: { kind?: string | null; roles?: string[] }[]
  timing?: { publicity_operation?: string | null } | null
  cases?: { types: { operation?: string | null }[]; stages: { operation?: string | null }[] } | null
  final?: { operation: string; review_operation: string } | null
  positions?: { operation: string; declared_by: string[]; form: Form; review?: { steps: Step[] } } | null
  evaluations?: {
    id: string
    title: string
    by: string[]
    about: string
    operation: string
    per_dimension?: boolean
    on_board?: boolean
    choices?: { id: string; title: string }[]
    text?: { min?: number; max?: number | null } | null
  }[]
  archives?: {
    term?: { title: string } | null
    career?: { title: string; operation: string; picked_by?: string | null } | null
  }
}

export interface TermWithScheme {
  id: string
  title: string
  time_zone: string
  scheme: TermScheme
}

async function read(term_id: string): Promise<TermWithScheme> {
  const term = await data(records.GET('/terms/{term_id}', { params: { path: { term_id } } }))
  const path = { scheme_id: term.scheme_id, version: term.scheme_version }
  const scheme = await queryClient.fetchQuery({
    queryKey: ['records', 'scheme', path],
    queryFn: () => data(records.GET('/schemes/{scheme_id}/{version}', { params: { path } })),
    staleTime: Infinity,
  })
  return { id: term.id, title: term.title, time_zone: term.time_zone, scheme: scheme as TermScheme }
}

/** Several terms with their schemes, in the order of the ids. */
export function useTermSchemes(ids: MaybeRefOrGetter<readonly string[] | undefined>) {
  const wanted = computed(() => toValue(ids))
  return useQuery({
    queryKey: ['records', 'term-schemes', wanted],
    queryFn: () => Promise.all((wanted.value ?? []).map(read)),
    enabled: computed(() => wanted.value !== undefined),
    staleTime: 60_000,
  })
}

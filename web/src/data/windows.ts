/** Which page an open window is about. The operations are the scheme's: it says what each of them is for. */
import { computed } from 'vue'
import { card } from '@/app/session'
import { useHome } from './home'
import { useTermSchemes, type TermScheme } from './term-scheme'
import { mayLead, type HomeWindow } from './todo'

function pageFor(operation: string, scheme: TermScheme, role: string): string[] {
  const kinds = (scheme.dimensions ?? []).flatMap((dimension) => dimension.kinds)
  const { positions, archives, cases, evaluations, final, imports, timing } = scheme
  const found: string[] = []
  const reviews = (of?: { review?: { steps: { operation: string }[] } | null } | null) =>
    of?.review?.steps.some((step) => step.operation === operation)
  if (kinds.some(reviews)) found.push('/review')
  if (reviews(positions)) found.push('/review/positions')
  const entered = kinds.filter((kind) => kind.operation === operation)
  if (entered.length) {
    const types = imports?.filter((one) => entered.some(({ id }) => id === one.kind)) ?? []
    if (types.some(({ roles }) => roles?.includes(role))) found.push('/imports')
    found.push('/entry', '/report')
  }
  if (final?.operation === operation) found.push('/final-selection')
  if (final?.review_operation === operation) found.push('/final-submissions')
  if (positions?.operation === operation) found.push('/positions')
  const own = evaluations?.filter((one) => one.operation === operation && one.by.includes(role)) ?? []
  if (own.some(({ about }) => about === 'classmates')) found.push('/peer-evaluation')
  if (own.some(({ about }) => about !== 'classmates')) found.push('/self-evaluation', '/comments')
  if (kinds.some((kind) => kind.publicity?.operation === operation)) found.push('/selection')
  if (timing?.publicity_operation === operation) found.push('/board')
  if (cases?.types.some((one) => one.operation === operation)) found.push('/board')
  if (cases?.stages.some((one) => one.operation === operation)) found.push('/my-cases?list=about')
  if (archives?.career?.operation === operation) found.push('/career-selection')
  return found
}

/** The page of a window; undefined: it has none, or the card may not open it. */
export function usePageOfWindow() {
  const homes = [useHome('records'), useHome('publicity'), useHome('archive')]
  const ids = computed(() => {
    const windows = homes.flatMap(({ data }) => data.value?.now ?? [])
    return homes.every(({ data }) => data.value)
      ? [...new Set(windows.map(({ term_id }) => term_id))].sort()
      : undefined
  })
  const terms = useTermSchemes(ids)
  return (window: HomeWindow): string | undefined => {
    const scheme = terms.data.value?.find(({ id }) => id === window.term_id)?.scheme
    return scheme && pageFor(window.operation, scheme, card.value?.role ?? '').find(mayLead)
  }
}

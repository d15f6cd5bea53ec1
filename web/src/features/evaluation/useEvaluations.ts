/** The evaluations about the card's student in the terms under way: what is written, by whom it is written, and until when. */
import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { archive, data } from '@/api/client'
import type { components } from '@/api/generated/archive'
import { useHome } from '@/data/home'
import { useTermSchemes } from '@/data/term-scheme'
import type { HomeWindow } from '@/data/todo'

type Written = components['schemas']['EvaluationView']

export interface OneEvaluation {
  key: string
  term_id: string
  term_title: string
  type: string
  title: string
  /** Of an evaluation that has one for each dimension. */
  dimension: string | null
  /** What the scheme looks at in this dimension. */
  criteria: string | null
  choices: readonly { id: string; title: string }[]
  choice: string | null
  /** Written by this student about themself; others are only read here. */
  self: boolean
  /** Stands on the student's page of the board, too. */
  onBoard: boolean
  /** May be written by this card now. */
  open: boolean
  until: string | null
  /** When it opens next. */
  window: HomeWindow | null
  least?: number
  most?: number
  written: Written | null
  /** Of the whole evaluation: what a change is based on. */
  version: number
  /** The evaluation's title, where `title` is the dimension's. */
  group?: string
}

export function useEvaluations() {
  const home = useHome('archive')
  const terms = computed(() => {
    const found = home.data.value?.evaluations
    return found && [...new Set(found.map(({ term_id }) => term_id))]
  })
  const schemes = useTermSchemes(terms)
  const texts = useQuery({
    queryKey: ['archive', 'evaluations', terms],
    queryFn: async () => {
      const pages = await Promise.all(
        (terms.value ?? []).map((term_id) => data(archive.GET('/evaluations', { params: { query: { term_id } } }))),
      )
      return pages.flatMap(({ items }) => items.flatMap(({ evaluation }) => (evaluation ? [evaluation] : [])))
    },
    enabled: computed(() => terms.value !== undefined),
  })
  const list = computed<OneEvaluation[] | undefined>(() => {
    const [own, rules, written] = [home.data.value, schemes.data.value, texts.data.value]
    if (!own || !rules || !written) return undefined
    return (own.evaluations ?? []).flatMap((one): OneEvaluation[] => {
      if (one.about === 'classmates') return []
      const term = rules.find(({ id }) => id === one.term_id)
      const rule = term?.scheme.evaluations?.find(({ id }) => id === one.type)
      const found = written.find(({ term_id, type }) => term_id === one.term_id && type === one.type) ?? null
      const whole = {
        key: `${one.term_id}|${one.type}`,
        term_id: one.term_id,
        term_title: term?.title ?? '',
        type: one.type,
        title: one.title,
        dimension: null,
        criteria: null,
        choices: rule?.choices ?? [],
        choice: found?.choice ?? null,
        self: rule?.about === 'self',
        onBoard: rule?.on_board ?? false,
        open: one.open,
        until: one.until,
        window: own.next?.find((next) => next.term_id === one.term_id && next.operation === rule?.operation) ?? null,
        least: rule?.text?.min,
        most: rule?.text?.max ?? undefined,
        written: found,
        version: found?.version ?? 0,
      }
      if (!rule?.per_dimension) return [whole]
      return (term?.scheme.dimensions ?? []).map((dimension) => {
        const part = found?.parts[dimension.id]
        return {
          ...whole,
          key: `${whole.key}|${dimension.id}`,
          title: dimension.title ?? one.title,
          group: one.title,
          dimension: dimension.id,
          criteria: dimension.criteria ?? null,
          choice: part?.choice ?? null,
          written: found && part ? { ...found, text: part.text } : null,
        }
      })
    })
  })
  const parts = [home, schemes, texts]
  return {
    data: list,
    error: computed(() => parts.map(({ error }) => error.value).find(Boolean) ?? null),
    isFetching: computed(() => parts.some(({ isFetching }) => isFetching.value)),
    dataUpdatedAt: texts.dataUpdatedAt,
    refetch: () => Promise.all(parts.map((part) => part.refetch())),
  }
}

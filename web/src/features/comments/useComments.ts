/** Comments of a class on its students: what is written, what is changed here and not saved, and how saving each one went. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, reactive } from 'vue'
import { archive, data } from '@/api/client'
import type { components } from '@/api/generated/archive'
import { card, role } from '@/app/session'
import { useHome } from '@/data/home'
import { useScheme, useTerm } from '@/data/queries'
import { useDraft, type DraftState } from '@/drafts'
import { useQueryParam } from '@/ui/address'
import { codePoints } from '@/ui/code-points'

type Row = components['schemas']['PendingView']

/** What is asked of an evaluation's type in the scheme. */
interface EvaluationType {
  id: string
  title: string
  by: string[]
  about: string
  operation: string
  text: { min: number; max: number } | null
}

export function useComments() {
  const term = useTerm()
  const scheme = useScheme()
  const client = useQueryClient()
  const home = useHome('archive')
  const asked = useQueryParam('type')
  /** What this card's role writes about students. */
  const types = computed(() =>
    ((scheme.data.value?.evaluations ?? []) as unknown as EvaluationType[]).filter(
      ({ by, about }) => about === 'student' && by.includes(role.value ?? ''),
    ),
  )
  const type = computed(() => types.value.find((one) => one.id === asked.value) ?? types.value[0] ?? null)
  const open = computed(
    () => home.data.value?.now?.find((window) => window.operation === type.value?.operation) ?? null,
  )
  const coming = computed(
    () => home.data.value?.next?.find((window) => window.operation === type.value?.operation) ?? null,
  )

  const list = useQuery({
    queryKey: ['archive', 'comments', computed(() => [term.data.value?.id, type.value?.id, card.value?.path])],
    queryFn: async () => {
      const rows: Row[] = []
      let cursor: string | null = null
      do {
        const query = {
          term_id: term.data.value?.id ?? '',
          path: card.value?.path ?? null,
          type: [type.value?.id ?? ''],
          limit: 200,
          cursor,
        }
        const page: components['schemas']['Page_PendingView_'] = await data(
          archive.GET('/evaluations', { params: { query } }),
        )
        rows.push(...page.items)
        cursor = page.next ?? null
      } while (cursor)
      return rows
    },
    enabled: computed(() => Boolean(term.data.value && type.value)),
  })

  const draft: DraftState<{ texts: Record<string, string> }> = useDraft(
    () => (term.data.value && type.value ? `comments:${term.data.value.id}:${type.value.id}` : null),
    () => ({ texts: {} }),
    (): string => `${type.value?.title ?? ''}，${Object.keys(draft.content.value.texts).length} 人`,
  )
  /** Why a comment was not saved, by student. */
  const refused = reactive(new Map<string, string>())

  const saved = (row: Row) => row.evaluation?.text ?? ''
  const textOf = (row: Row) => draft.content.value.texts[row.student_id] ?? saved(row)
  const isChanged = (row: Row) => textOf(row).trim() !== saved(row) && textOf(row).trim() !== ''
  function write(row: Row, text: string) {
    const { [row.student_id]: _before, ...others } = draft.content.value.texts
    draft.content.value = { texts: text === saved(row) ? others : { ...others, [row.student_id]: text } }
    refused.delete(row.student_id)
  }
  /** What is wrong with the length; null if nothing is, or nothing is written. */
  function lengthProblem(row: Row): string | null {
    const limits = type.value?.text
    const length = codePoints(textOf(row).trim())
    if (!limits || !length) return null
    if (length > limits.max) return `多了 ${length - limits.max} 字，最多 ${limits.max} 字`
    return length < limits.min ? `还差 ${limits.min - length} 字，至少 ${limits.min} 字` : null
  }
  const rows = computed(() => list.data.value ?? [])
  const changed = computed(() => rows.value.filter(isChanged))
  const missing = computed(() => rows.value.filter((row) => !row.evaluation))

  const save = useMutation({
    mutationFn: async () => {
      await draft.flush()
      const some = changed.value.slice(0, 200)
      const answer = await data(
        archive.PUT('/evaluations/teacher/many', {
          body: {
            term_id: term.data.value?.id ?? '',
            type: type.value?.id ?? null,
            comments: some.map((row) => ({
              student_id: row.student_id,
              text: textOf(row).trim(),
              version: row.evaluation?.version ?? null,
            })),
          },
        }),
      )
      refused.clear()
      const texts = { ...draft.content.value.texts }
      for (const { student_id, ok, detail, errors } of answer.results) {
        if (ok) Reflect.deleteProperty(texts, student_id)
        else refused.set(student_id, String(errors[0]?.message ?? detail ?? '没有保存'))
      }
      // The list first: a row must not show its old text in between.
      client.setQueryData<Row[]>(
        ['archive', 'comments', [term.data.value?.id, type.value?.id, card.value?.path]],
        (before) =>
          before?.map((row) => {
            const now = answer.results.find((one) => one.student_id === row.student_id)?.evaluation
            return now ? { ...row, evaluation: now } : row
          }),
      )
      draft.content.value = { texts }
      await draft.flush()
      if (!Object.keys(texts).length) await draft.discard()
      void client.invalidateQueries({ queryKey: ['archive'] })
      return { saved: answer.results.filter(({ ok }) => ok).length, refused: refused.size }
    },
  })
  return {
    term,
    types,
    type,
    open,
    coming,
    home,
    list,
    rows,
    changed,
    missing,
    draft,
    refused,
    textOf,
    isChanged,
    write,
    lengthProblem,
    save,
  }
}
export type Comments = ReturnType<typeof useComments>
export type { Row }

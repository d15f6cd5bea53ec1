/** Cases as lists and rows show them: who acts next and until when, or how it ended. */
import { useInfiniteQuery } from '@tanstack/vue-query'
import { computed, type Ref } from 'vue'
import { data, publicity } from '@/api/client'
import type { components } from '@/api/generated/publicity'
import { card } from '@/app/session'
import { formatDay, formatUntil } from '@/ui/format'

export type Case = components['schemas']['CaseView']
export type CaseDetail = components['schemas']['CaseDetailView']
export type Action = components['schemas']['ActionView']

/** What the button of an action says: a record that was amended is only handed in. */
export function verb(action: Action): string {
  return action.needs.includes('amendment') && !action.lacking.includes('amendment') ? '提交修改' : action.title
}

/** A case that a bulk did not handle, and why. */
export interface Failure {
  id: string
  title: string
  student: string
  why: string
}

export interface Wanted {
  mine?: boolean
  waiting?: boolean
  overdue?: boolean
  state?: 'open' | 'closed'
  /** Of this class only. */
  path?: string
}

export function useCases(wanted: Ref<Wanted>, limit = 50) {
  const list = useInfiniteQuery({
    queryKey: ['publicity', 'cases', 'list', computed(() => card.value?.id), wanted],
    queryFn: ({ pageParam }) =>
      data(publicity.GET('/cases', { params: { query: { ...wanted.value, cursor: pageParam, limit } } })),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next ?? undefined,
  })
  const items = computed(() => list.data.value?.pages.flatMap((page) => page.items))
  const hidden = computed(() => list.data.value?.pages[0]?.hidden_before ?? null)
  const classes = computed(() => list.data.value?.pages[0]?.classes ?? [])
  return { list, hidden, classes, rows: { ...list, data: items } }
}

/** Where a case stands, in one line. */
export function standing(one: Case): string {
  if (one.state === 'closed') return `已办结：${one.outcome_title ?? ''}`
  if (one.decided) return `已作出处理，${one.told_at ? `${formatUntil(one.told_at, true)} ` : ''}告知`
  if (!one.begun) return `${one.stage_title}，还没开始`
  const until = one.due_at ? `，${formatUntil(one.due_at, true)} 前` : ''
  return one.waits_for_me ? `等您处理${until}` : `等${one.waits_for_title}处理${until}`
}

export function about(one: Case): string {
  return [one.complaint_type_title ?? one.case_type_title, formatDay(one.opened_at)].filter(Boolean).join(' · ')
}

/** How far an organisation is, from three services, each from its own data. */
import { useQuery } from '@tanstack/vue-query'
import { computed, type Ref } from 'vue'
import { archive, data, publicity, records } from '@/api/client'
import type { components as Publicity } from '@/api/generated/publicity'
import type { components } from '@/api/generated/records'
import { ApiProblem } from '@/api/problem'
import { card } from '@/app/session'
import type { Figure } from '@/ui/figures'
import { formatDay, formatNumber, formatShare } from '@/ui/format'

export type Numbers = components['schemas']['ProgressNumbers']
export type Progress = components['schemas']['ProgressView']
type Board = Publicity['schemas']['OrganisationProgressView']

/** `path` '' is the card's own organisation. */
export function useProgress(path: Ref<string>) {
  const place = computed(() => path.value || (card.value?.path ?? ''))
  const query = computed(() => ({ path: path.value || null }))
  const enabled = computed(() => card.value !== null)
  const own = useQuery({
    queryKey: ['records', 'progress', place],
    queryFn: async (): Promise<Progress | null> => {
      try {
        return await data(records.GET('/progress', { params: { query: query.value } }))
      } catch (error) {
        // No term has begun there yet. Of another's organisation the service says the same.
        if (error instanceof ApiProblem && error.code === 'not_found') return null
        throw error
      }
    },
    enabled,
  })
  const term = computed(() => {
    const found = own.data.value
    return found ? { ...query.value, school_year: found.school_year, number: found.number } : undefined
  })
  const board = useQuery({
    queryKey: ['publicity', 'progress', place, term],
    queryFn: () => data(publicity.GET('/progress', { params: { query: term.value ?? {} } })),
    enabled: computed(() => term.value !== undefined),
  })
  const sealed = useQuery({
    queryKey: ['archive', 'progress', place, term],
    queryFn: () => data(archive.GET('/progress', { params: { query: term.value ?? {} } })),
    enabled: computed(() => term.value !== undefined),
  })
  return { own, board, sealed }
}

/** The strip of figures above an overview. */
export function figures(own: Progress | undefined, board: { whole: Board } | undefined): Figure[] {
  if (!own) return []
  const { total } = own
  const found: Figure[] = [
    {
      id: 'complete',
      figure: formatShare(total.complete, total.students),
      word: '学生记录齐全',
      note: `共 ${formatNumber(total.students)} 人，差 ${formatNumber(total.students - total.complete)} 人`,
    },
    {
      id: 'waiting',
      figure: formatNumber(total.waiting),
      word: '条待审核',
      note: total.waiting_long ? `其中 ${formatNumber(total.waiting_long)} 条等了 7 天以上` : '没有等了 7 天以上的',
    },
  ]
  const whole = board?.whole
  if (!whole || (whole.schools === 1 && !whole.state)) return found
  if (whole.schools > 1) {
    found.push({
      id: 'opened',
      figure: `${whole.schools_opened} / ${whole.schools}`,
      word: '所学校已开放公示',
      note:
        whole.schools_opened < whole.schools ? `还有 ${whole.schools - whole.schools_opened} 所没有开放` : '全部已开放',
    })
  } else {
    const dates = {
      planned: whole.opens_at && `${formatDay(whole.opens_at)}开放`,
      open: whole.closes_at && `到 ${formatDay(whole.closes_at)}`,
      closed: '',
    }
    const words = { planned: '公示还没有开放', open: '公示中', closed: '公示已结束' }
    found.push({
      id: 'opened',
      figure: whole.selecting === null ? `${whole.schools_opened} / ${whole.schools}` : String(whole.selecting),
      word: whole.selecting === null ? '所学校已开放公示' : '人已选',
      note: whole.state ? [words[whole.state], dates[whole.state]].filter(Boolean).join('，') : '没有安排公示',
    })
  }
  found.push({
    id: 'overdue',
    figure: formatNumber(whole.overdue_cases),
    word: '件异常逾期',
    note: whole.open_cases ? `${formatNumber(whole.open_cases)} 件正在处理` : '没有正在处理的',
    bad: whole.overdue_cases > 0,
  })
  return found
}

/** Statistics of results and the reports made of them (BJ-08, BJ-12). */
import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, type ComputedRef } from 'vue'
import { archive, data } from '@/api/client'
import type { components } from '@/api/generated/archive'
import { useQueryParam } from '@/ui/address'

type Schemas = components['schemas']
export type Period = Schemas['PeriodView']
export type Report = Schemas['ReportOfferView']
export type Run = Schemas['ReportRunView']
export type Statistics = Schemas['StatisticsView']
export type Stage = NonNullable<Schemas['ReportOrder']['stage']>
export type Format = 'xlsx' | 'pdf'
export interface Bars {
  id: string
  name: string
  counts: readonly number[]
  path?: string
}

export const FORMATS: Record<string, string> = { xlsx: '电子表格', pdf: 'PDF' }
const keyOf = (one: Period) => `${one.scheme_id}/${one.school_year}/${one.number}`

/** The terms of the organisation in the address, the chosen one, and its statistics. */
export function useStatistics() {
  const path = useQueryParam('path')
  const chosen = useQueryParam('period')
  const stage = useQueryParam('stage')
  const where = computed(() => path.value || null)
  const periods = useQuery({
    queryKey: ['archive', 'statistics-periods', where],
    queryFn: () => data(archive.GET('/statistics/periods', { params: { query: { path: where.value } } })),
  })
  const period = computed(() => {
    const all = periods.data.value?.items ?? []
    return all.find((one) => keyOf(one) === chosen.value) ?? all.find(({ students }) => students) ?? all[0] ?? null
  })
  const options = computed(() =>
    (periods.data.value?.items ?? []).map((one, _, all) => ({
      id: keyOf(one),
      title: all.some(({ scheme_id }) => scheme_id !== one.scheme_id) ? `${one.title} ${one.scheme_title}` : one.title,
    })),
  )
  /** The stage that was chosen, while the organisation has results in more than one (BJ-03). */
  const ofStage = computed(() => {
    const all = period.value?.stages ?? []
    return all.length > 1 ? (all.find(({ id }) => id === stage.value)?.id ?? null) : null
  }) as ComputedRef<Stage | null>
  const statistics = useQuery({
    queryKey: ['archive', 'statistics', where, computed(() => (period.value ? keyOf(period.value) : '')), ofStage],
    queryFn: () => {
      const { scheme_id, school_year, number } = period.value as Period
      return data(
        archive.GET('/statistics', {
          params: { query: { scheme_id, school_year, number, path: where.value, stage: ofStage.value } },
        }),
      )
    },
    enabled: computed(() => period.value !== null),
  })
  return { path, chosen, stage, ofStage, periods, period, options, keyOf, statistics }
}

/** The own reports, asked for again while one is made. */
export function useRuns() {
  return useQuery({
    queryKey: ['archive', 'reports'],
    queryFn: async () => (await data(archive.GET('/reports', { params: { query: { limit: 20 } } }))).items,
    refetchInterval: (query) => (query.state.data?.some(({ state }) => state === 'making') ? 1500 : false),
  })
}

/** Begins to make a report of the organisation that is looked at. */
export function useOrder() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (order: { report: Report; format: Format; period: Period; path: string; stage: Stage | null }) => {
      const { scheme_id, school_year, number } = order.period
      const { path, format, stage } = order
      const body = { report: order.report.id, format, scheme_id, school_year, number, path, stage }
      return data(archive.POST('/reports', { body }))
    },
    onSuccess: () => client.invalidateQueries({ queryKey: ['archive', 'reports'] }),
  })
}

/** Downloads the file of a report. */
export function useTake() {
  return useMutation({
    mutationFn: async (run: Run) => {
      const params = { path: { run_id: run.id } }
      const { url } = await data(archive.POST('/reports/{run_id}/address', { params }))
      window.location.assign(url)
    },
  })
}

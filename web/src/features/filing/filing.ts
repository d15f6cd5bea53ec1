/** How far a school is with verdicts, signatures and the summary, and what the card may do about it. */
import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, toValue, type MaybeRefOrGetter } from 'vue'
import { archive, data, records } from '@/api/client'
import type { components } from '@/api/generated/archive'
import type { Paper } from '@/scheme/paper/content'
import { useQueryParam } from '@/ui/address'

export type Filing = components['schemas']['FilingView']
export type Row = components['schemas']['JudgedStudentView']
export type Report = components['schemas']['ReportView']
export type Change = components['schemas']['Change']
export type Show = '' | 'pending' | (string & {})

/** In the words of a school office. */
const STATES: Record<string, string> = { printed: '待签字', signed: '已签字', excused: '未签字', withdrawn: '已撤回' }

export function slipWord(row: Pick<Row, 'confirmation'>): string {
  return row.confirmation ? (STATES[row.confirmation.state] ?? '') : '未打印'
}

/** The term of the address, else the newest one, with how far it is. */
export function useFiling() {
  const chosen = useQueryParam('term')
  const terms = useQuery({
    queryKey: ['records', 'terms'],
    queryFn: () => data(records.GET('/terms', { params: { query: {} } })),
  })
  const term_id = computed(() => chosen.value || (terms.data.value?.items[0]?.id ?? ''))
  const filing = useQuery({
    queryKey: ['archive', 'filing', term_id],
    queryFn: () => data(archive.GET('/terms/{term_id}/filing', { params: { path: { term_id: term_id.value } } })),
    enabled: computed(() => term_id.value !== ''),
  })
  const client = useQueryClient()
  return { term_id, terms, filing, refresh: () => client.invalidateQueries({ queryKey: ['archive'] }) }
}

/** Every student of a class (or of all that are judged), in the order of the service. */
export function useRows(term_id: MaybeRefOrGetter<string>, path: MaybeRefOrGetter<string>) {
  const key = computed(() => ({ term: toValue(term_id), path: toValue(path) }))
  return useQuery({
    queryKey: ['archive', 'verdicts', key],
    queryFn: async () => {
      const rows: Row[] = []
      let cursor: string | null = null
      do {
        const { term, path: below } = key.value
        const query = { term_id: term, ...(below ? { path: below } : {}), limit: 200, cursor }
        const page: components['schemas']['Page_JudgedStudentView_'] = await data(
          archive.GET('/verdicts', { params: { query } }),
        )
        rows.push(...page.items)
        cursor = page.next ?? null
      } while (cursor)
      return rows
    },
    enabled: computed(() => key.value.term !== '' && key.value.path !== ''),
  })
}

export function useReport(term_id: MaybeRefOrGetter<string>, student_id: MaybeRefOrGetter<string>) {
  const path = computed(() => ({ term_id: toValue(term_id), student_id: toValue(student_id) }))
  return useQuery({
    queryKey: ['archive', 'report', path],
    queryFn: () => data(archive.GET('/terms/{term_id}/reports/{student_id}', { params: { path: path.value } })),
    enabled: computed(() => path.value.term_id !== '' && path.value.student_id !== ''),
  })
}

/** The report as its page is drawn. */
export function paperOf(report: Report): Paper {
  const verdict = report.student.verdict
  const result = verdict
    ? {
        title: '',
        verdict: verdict.title,
        reason: verdict.reason,
        author: verdict.author_name,
        given_on: verdict.judged_at.slice(0, 10),
      }
    : null
  return { ...report, student: report.profile, result }
}

/** Fetches a file by its one-time address: an answer with `Content-Disposition` leaves the page as it is. */
export function fetchFile(url: string): void {
  window.location.assign(url)
}

/** The code in what was scanned or typed: the end of the address, or the code itself. */
export function codeOf(text: string): string {
  return (text.trim().split('/').pop() ?? '').split('?')[0] ?? ''
}

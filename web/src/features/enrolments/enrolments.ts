/** Words for applications for changes of enrolment, and what their effects ask for (BJ-04). */
import type { components } from '@/api/generated/identity'

export type Application = components['schemas']['EnrolmentApplicationView']
export type Detail = components['schemas']['EnrolmentApplicationDetailView']
export type Line = NonNullable<Detail['statement']>['lines'][number]

export const STATES: Record<string, string> = {
  open: '审批中',
  approved: '待生效',
  done: '已生效',
  rejected: '未通过',
  withdrawn: '已撤回',
  lapsed: '未能执行',
}
export const EVENTS: Record<string, string> = {
  applied: '提出申请',
  approved: '审批通过',
  escalated: '逾期，上级可以代为审批',
  rejected: '审批不通过',
  withdrawn: '撤回申请',
  lapsed: '未能执行',
  done: '已生效',
  statement_asked: '重新汇总评价数据',
}
/** Effects after which the student is at another school. */
export const toAnotherSchool = (effect: string) => effect === 'transfer' || effect === 'borrow' || effect === 'return'
/** Effects for which the applicant names the other school; who returns goes to the home school. */
export const namesSchool = (effect: string) => effect === 'transfer' || effect === 'borrow'
/** Effects for which the student's own school names a class. */
export const intoOwnClass = (effect: string) => effect === 'resume' || effect === 'grade_down'

export const way = (one: Application) => [one.school_title, one.other_title].filter(Boolean).join(' → ')

/** The lines of a statement by term, in their order. */
export function byTerm(lines: readonly Line[]): { term: string; lines: Line[] }[] {
  const found = new Map<string, Line[]>()
  for (const line of lines) {
    const term = line.term ?? '不分学期'
    found.set(term, [...(found.get(term) ?? []), line])
  }
  return [...found].map(([term, its]) => ({ term, lines: its }))
}

/**
 * Which page a `Todo` of a home screen leads to: the first of these that exists and that the card may open. Ids are stable words of
 * the services; `tests/house` compares them with this table.
 */
import type { RouteLocationRaw } from 'vue-router'
import type { components } from '@/api/generated/records'

export type Todo = components['schemas']['Todo']
export type HomeWindow = components['schemas']['HomeWindow']

const PAGES: Record<string, string[]> = {
  // records
  drafts: ['/records?state=draft'],
  records_returned: ['/records?state=returned', '/entered?state=returned', '/imports'],
  records_to_review: ['/review'],
  records_to_confirm: ['/confirmations', '/review', '/records?state=submitted'],
  final_submissions_to_review: ['/final-submissions'],
  positions_returned: ['/positions'],
  positions_to_review: ['/review/positions'],
  students_lacking: ['/class?show=lacking', '/overview/class', '/overview'],
  // publicity
  records_to_select: ['/selection'],
  cases_waiting: ['/cases'],
  cases_overdue: ['/cases?show=overdue'],
  // archive
  form_to_upload: ['/form-upload'],
  evaluation_to_write: ['/self-evaluation'],
  classmates_to_evaluate: ['/peer-evaluation', '/self-evaluation'],
  peer_evaluations_unfinished: ['/peer-evaluation/class', '/class'],
  career_to_select: ['/career-selection'],
  comments_to_write: ['/comments'],
  verdicts_to_give: ['/verdicts'],
  score_sheets: ['/scores'],
  score_consents: ['/score-consents'],
  term_to_seal: ['/sealing'],
  corrections_to_sign: ['/sealing?part=corrections'],
  archives_to_correct: ['/sealing?part=archives&late=1'],
  backfills_to_seal: ['/sealing?part=backfills'],
  // identity
  security_notices: ['/me'],
  cards_to_take: ['/cards'],
  password_resets: ['/class/passwords', '/people', '/staff'],
  enrolments_to_decide: ['/enrolments'],
  claims_to_decide: ['/claims', '/people', '/staff'],
  claims_of_school: ['/claims', '/people', '/staff'],
  classes_without_teacher: ['/people', '/schools'],
  staff_cards_waiting: ['/people', '/staff'],
  students_never_signed_in: ['/class?show=silent', '/people', '/schools'],
  students_without_guardian: ['/class?show=lonely', '/people', '/schools'],
  // import
  batches_running: ['/imports'],
  batches_to_correct: ['/imports'],
  batches_to_commit: ['/imports'],
  // notify
  unread_messages: ['/messages'],
}

let may: (path: string) => boolean = () => true

/** The router tells which pages there are for the present card. */
export function limitPages(check: (path: string) => boolean): void {
  may = check
}

/** Whether there is such a page for the present card. */
export function mayLead(path: string): boolean {
  return may(path)
}

export function pageOf(todo: Todo): RouteLocationRaw | undefined {
  return PAGES[todo.id]?.find(may)
}

/** The page of what a message is about: the first of these that exists and that the card may open. */
interface Link {
  service: string
  thing: string
  id: string
}

const PAGES: Record<string, (id: string) => string[]> = {
  'records.reviews': () => ['/review', '/confirmations'],
  'records.record': (id) => [`/records/${id}`, '/records', '/entered?state=returned', '/review'],
  'records.positions': () => ['/review/positions', '/positions'],
  'records.final-submissions': () => ['/final-submissions'],
  'records.final-selection': () => ['/final-selection'],
  'records.position': () => ['/positions'],
  'publicity.board': () => ['/board'],
  'publicity.entries': () => ['/board'],
  'publicity.cases': () => ['/cases', '/my-cases'],
  'publicity.case': (id) => [`/cases/${id}`, `/my-cases/${id}`],
  'identity.account': () => ['/me'],
  'import.batch': (id) => [`/imports/${id}`, '/imports'],
  'identity.staff': () => ['/staff', '/people'],
  'identity.enrolment': (id) => [`/enrolments/${id}`],
  'identity.claim': (id) => [`/claims/${id}`, '/claims', '/people'],
  'archive.term': () => ['/my-archives', '/archives'],
  'archive.scores': () => ['/my-scores', '/scores'],
  'archive.career': () => ['/my-archives', '/archives'],
  'archive.archive': (id) => [`/my-archives/${id}`, `/archives/${id}`, '/my-archives', '/archives'],
  'notify.webhook': () => ['/webhooks'],
}

export function pageOfLink(link: Link, may: (path: string) => boolean): string | undefined {
  return PAGES[`${link.service}.${link.thing}`]?.(link.id).find(may)
}

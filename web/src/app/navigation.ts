/**
 * The entries of the phone's tabs and the PC's rail for each role: the table of the design reference. An entry is shown when its
 * page exists, the role may open it, and the scheme has what it is about.
 */
import type { RouteLocationNormalizedLoaded, Router } from 'vue-router'
import type { IconName } from '@/ui/icons'

/** What the navigation asks of a scheme (`GET /schemes/{id}/{version}`). */
export interface SchemeParts {
  dimensions?: { kinds: { entry_roles?: string[] }[] }[]
  board?: unknown
  cases?: { types?: unknown[] } | null
  drafts?: { visibilities?: { scope: string }[] } | null
  catalogs?: unknown[]
  evaluations?: { by: string[]; about: string }[]
  imports?: { roles?: string[] }[]
  archives?: { sign_off?: unknown[]; [kind: string]: unknown } & Record<string, unknown>
  result?: { type: string } | null
  texts?: Record<string, string>
}

export interface Entry {
  path: string
  icon: IconName
  label: string
  /** The middle tab, drawn as a button. */
  main?: boolean
  /** Whether the scheme has it for the role; without, always. */
  has?: (scheme: SchemeParts, role: string) => boolean
}

const some = (list: unknown[] | undefined | null) => Boolean(list?.length)
const board = (scheme: SchemeParts) => Boolean(scheme.board)
const cases = (scheme: SchemeParts) => some(scheme.cases?.types)
const shares = (scheme: SchemeParts) => some(scheme.drafts?.visibilities?.filter(({ scope }) => scope !== 'own'))
const archives = (scheme: SchemeParts) => Boolean(scheme.archives)
const comments = (scheme: SchemeParts, role: string) => some(scheme.evaluations?.filter(({ by }) => by.includes(role)))
const enters = (scheme: SchemeParts, role: string) =>
  Boolean(scheme.dimensions?.some(({ kinds }) => kinds.some(({ entry_roles }) => entry_roles?.includes(role))))
const brings = (scheme: SchemeParts, role: string) => some(scheme.imports?.filter(({ roles }) => roles?.includes(role)))
const verdicts = (scheme: SchemeParts) => Boolean(scheme.result && scheme.result.type !== 'none')
const signatures = (scheme: SchemeParts) =>
  Object.values(scheme.archives ?? {}).some((kind) => some((kind as { sign_off?: unknown[] } | null)?.sign_off))

const E = {
  home: { path: '/home', icon: 'home', label: '首页' },
  report: { path: '/report', icon: 'plus', label: '上报', main: true },
  records: { path: '/records', icon: 'record', label: '记录' },
  selection: { path: '/selection', icon: 'selected', label: '遴选', has: board },
  board: { path: '/board', icon: 'board', label: '公示栏', has: board },
  myCases: { path: '/my-cases', icon: 'case', label: '质疑申诉', has: cases },
  myArchives: { path: '/my-archives', icon: 'archived', label: '档案', has: archives },
  growth: { path: '/growth', icon: 'growth', label: '成长', has: shares },
  children: { path: '/children', icon: 'people', label: '孩子' },
  confirmations: { path: '/confirmations', icon: 'approved', label: '确认' },
  consents: { path: '/consents', icon: 'shield', label: '同意书' },
  tasks: { path: '/tasks', icon: 'home', label: '待办' },
  review: { path: '/review', icon: 'approved', label: '审核' },
  schoolClass: { path: '/class', icon: 'people', label: '班级' },
  imports: { path: '/imports', icon: 'upload', label: '导入' },
  comments: { path: '/comments', icon: 'comment', label: '评语', has: comments },
  cases: { path: '/cases', icon: 'case', label: '异常', has: cases },
  archives: { path: '/archives', icon: 'archived', label: '档案', has: archives },
  entry: { path: '/entry', icon: 'table', label: '录入' },
  entered: { path: '/entered', icon: 'record', label: '已录' },
  catalog: { path: '/catalogs', icon: 'tree', label: '目录', has: (scheme) => some(scheme.catalogs) },
  secondReview: { path: '/second-review', icon: 'eye', label: '复审' },
  overview: { path: '/overview', icon: 'chart', label: '概览' },
  region: { path: '/region', icon: 'home', label: '概览' },
  alerts: { path: '/alerts', icon: 'warn', label: '提醒' },
  find: { path: '/find', icon: 'search', label: '查找' },
  terms: { path: '/terms', icon: 'calendar', label: '学期安排' },
  people: { path: '/people', icon: 'people', label: '人员班级' },
  sealing: { path: '/sealing', icon: 'archived', label: '归档', has: archives },
  reports: { path: '/reports', icon: 'chart', label: '报表' },
  verdicts: { path: '/verdicts', icon: 'approved', label: '评定', has: verdicts },
  signatures: { path: '/signatures', icon: 'draft', label: '签字', has: signatures },
  progress: { path: '/progress', icon: 'chart', label: '进度' },
  schools: { path: '/schools', icon: 'school', label: '学校' },
  staff: { path: '/staff', icon: 'people', label: '人员' },
  exceptions: { path: '/exceptions', icon: 'lock', label: '锁定例外' },
  messages: { path: '/messages', icon: 'bell', label: '消息' },
  me: { path: '/me', icon: 'person', label: '我的' },
} satisfies Record<string, Entry>

interface Navigation {
  tabs: Entry[]
  rail: Entry[]
}

const ENTERING: Navigation = {
  tabs: [E.entry, E.entered, E.messages, E.me],
  rail: [E.entry, E.imports, E.catalog, E.entered],
}
const REGION: Navigation = {
  tabs: [{ ...E.region, label: '首页' }, E.progress, E.find, E.messages, E.me],
  rail: [E.region, E.progress, E.schools, E.staff, E.exceptions, E.cases, E.reports],
}

/** By role, as `session.role` names it. */
export const NAVIGATION: Record<string, Navigation> = {
  student: {
    tabs: [E.home, E.records, E.report, E.board, E.me],
    rail: [E.home, E.report, E.records, E.selection, E.board, E.myCases, E.myArchives, E.growth],
  },
  guardian: {
    tabs: [E.children, E.records, E.report, E.messages, E.me],
    rail: [E.children, E.records, E.confirmations, E.board, E.myCases, E.myArchives, E.consents],
  },
  class_teacher: {
    tabs: [E.tasks, E.review, E.schoolClass, E.board, E.me],
    rail: [E.tasks, E.review, E.schoolClass, E.imports, E.comments, E.board, E.cases, E.archives],
  },
  // Some schemes give these teachers the board and nothing to enter.
  subject_teacher: {
    tabs: [{ ...E.entry, has: enters }, { ...E.entered, has: enters }, E.board, E.messages, E.me],
    rail: [
      { ...E.entry, has: enters },
      { ...E.imports, has: brings },
      E.catalog,
      { ...E.entered, has: enters },
      E.board,
    ],
  },
  recorder: ENTERING,
  auditor: { tabs: [E.tasks, E.cases, E.messages, E.me], rail: [E.tasks, E.cases, E.secondReview] },
  school_administrator: {
    tabs: [E.overview, E.alerts, E.find, E.me],
    rail: [E.overview, E.terms, E.people, E.imports, E.board, E.cases, E.sealing, E.reports],
  },
  principal: {
    tabs: [E.overview, E.verdicts, E.signatures, E.me],
    rail: [E.overview, E.verdicts, E.sealing, E.reports],
  },
  district_administrator: REGION,
  city_administrator: REGION,
  province_administrator: REGION,
}

/** The names and icons of pages that stand in no tab, for links to them. */
export const ENTRIES: Record<keyof typeof E, Entry> = E

/** Whether a page exists at this path and this role may open it. */
export function mayOpen(router: Router, path: string, role: string | null): boolean {
  const found = router.resolve(path)
  if (found.matched.length === 0 || found.meta.missing) return false
  return !found.meta.roles || (role !== null && found.meta.roles.includes(role))
}

/** What is shown of the tabs or the rail. While the scheme is not known yet (`null`), what it might have is shown. */
export function entries(
  router: Router,
  role: string | null,
  where: keyof Navigation,
  scheme: SchemeParts | null,
): Entry[] {
  const all: Entry[] = NAVIGATION[role ?? '']?.[where] ?? (where === 'tabs' ? [E.messages, E.me] : [])
  return all.filter(
    (entry) => mayOpen(router, entry.path, role) && (!scheme || !entry.has || entry.has(scheme, role ?? '')),
  )
}

/** The page on which a role starts: the first that exists. */
export function startOf(router: Router, role: string | null): string {
  return entries(router, role, 'rail', null)[0]?.path ?? entries(router, role, 'tabs', null)[0]?.path ?? '/me'
}

/** The entry that the page belongs to: `meta.tab`, or the longest entry whose path begins the page's. */
export function current(route: RouteLocationNormalizedLoaded, shown: Entry[]): Entry | null {
  const tab = route.meta.tab
  if (tab) return shown.find(({ path }) => path === tab) ?? null
  const below = shown.filter(({ path }) => route.path === path || route.path.startsWith(`${path}/`))
  return below.sort((a, b) => b.path.length - a.path.length)[0] ?? null
}

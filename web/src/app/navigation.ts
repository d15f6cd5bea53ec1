/**
 * The entries of the phone's tabs and the PC's rail, by what a card may do: the table of the design reference. An entry is shown
 * when its page exists, the card may open it, and the scheme has what it is about.
 */
import type { RouteLocationNormalizedLoaded, Router } from 'vue-router'
import type { IconName } from '@/ui/icons'
import { can, type Acting, type Capability } from './capabilities'

/** What the navigation asks of a scheme (`GET /schemes/{id}/{version}`). */
export interface SchemeParts {
  dimensions?: {
    criteria?: string | null
    kinds: {
      entry_roles?: string[]
      duration_field?: string | null
      publicity?: { trigger?: string }
      review?: { steps?: { role: string }[] }
    }[]
  }[]
  board?: { rules?: { role: string }[] } | null
  cases?: { types?: { title?: string; by_clock?: boolean }[]; stages?: { actor: string }[] } | null
  drafts?: { visibilities?: { scope: string }[] } | null
  final?: { reviewer: string } | null
  catalogs?: unknown[]
  switches?: unknown[]
  participation?: unknown
  contacts?: { lines?: unknown[] } | null
  verification?: { title: string; uploaded_by: string[] } | null
  evaluations?: { by: string[]; about: string }[]
  imports?: { roles?: string[] }[]
  archives?: { sign_off?: unknown[]; [kind: string]: unknown } & Record<string, unknown>
  result?: {
    type: string
    parts?: { by?: string[] }[]
    steps?: { by: string }[]
    lock?: { by: string; unlocked_by: string }
    consents?: { by: string }[]
  } | null
  reports?: { roles: string[] }[]
  texts?: Record<string, string>
}

export interface Entry {
  path: string
  icon: IconName
  label: string
  /** The middle tab, drawn as a button. */
  main?: boolean
  /** Cards with one of these see the entry; without it, all that may open the page. */
  may?: readonly Capability[]
  /** Whether the scheme has it for a role with these names; without, always. */
  has?: (scheme: SchemeParts, roles: readonly string[]) => boolean
  /** Not shown before the scheme is known: it takes the place of another. */
  later?: boolean
  /** What the scheme calls it, if that fits; else `label`. */
  named?: (scheme: SchemeParts) => string | undefined
}

const some = (list: unknown[] | undefined | null) => Boolean(list?.length)
/** A scheme without publicity has a board that nobody may look at. */
const board = (scheme: SchemeParts) => Boolean(scheme.board && (!scheme.board.rules || scheme.board.rules.length))
const selects = (scheme: SchemeParts) =>
  board(scheme) &&
  !scheme.dimensions?.every(({ kinds }) =>
    kinds.every(({ publicity }) => publicity && publicity.trigger !== 'selected'),
  )
const boardOfRole = (scheme: SchemeParts, roles: readonly string[]) =>
  Boolean(scheme.board && (!scheme.board.rules || scheme.board.rules.some(({ role }) => roles.includes(role))))
const cases = (scheme: SchemeParts) => some(scheme.cases?.types)
/** 举报申诉: what one may file, by the scheme's names; empty without. */
export const filedCases = ({ cases }: Pick<SchemeParts, 'cases'>): string => {
  const filed = cases?.types?.filter(({ by_clock }) => !by_clock) ?? []
  return [...new Set(filed.map(({ title }) => title ?? ''))].slice(0, 2).join('')
}
const caseTypes = (scheme: SchemeParts): string | undefined => {
  const name = filedCases(scheme)
  return E.myCases.label.startsWith(name) ? undefined : name
}
/** Whoever entered a record corrects it when a case says so. */
const mends = (scheme: SchemeParts) => Boolean(scheme.cases?.stages?.some(({ actor }) => actor === 'author'))
const shares = (scheme: SchemeParts) => some(scheme.drafts?.visibilities?.filter(({ scope }) => scope !== 'own'))
const hours = (scheme: SchemeParts) =>
  Boolean(scheme.dimensions?.some(({ kinds }) => kinds.some(({ duration_field }) => duration_field)))
const criteria = (scheme: SchemeParts) => Boolean(scheme.dimensions?.some((one) => one.criteria))
const finals = (scheme: SchemeParts) => Boolean(scheme.final)
const reviewsFinals = (scheme: SchemeParts, roles: readonly string[]) =>
  Boolean(scheme.final && roles.includes(scheme.final.reviewer))
const archives = (scheme: SchemeParts) => Boolean(scheme.archives)
const comments = (scheme: SchemeParts, roles: readonly string[]) =>
  some(scheme.evaluations?.filter(({ by }) => by.some((one) => roles.includes(one))))
const enters = (scheme: SchemeParts, roles: readonly string[]) =>
  Boolean(
    scheme.dimensions?.some(({ kinds }) =>
      kinds.some(({ entry_roles }) => entry_roles?.some((one) => roles.includes(one))),
    ),
  )
/** Whether a family hands anything in: in some schemes guardians do not. */
const handsIn = (scheme: SchemeParts, roles: readonly string[]) => !scheme.dimensions || enters(scheme, roles)
const confirms = (scheme: SchemeParts, roles: readonly string[]) =>
  Boolean(
    scheme.dimensions?.some(({ kinds }) =>
      kinds.some(({ review }) => review?.steps?.some((step) => roles.includes(step.role))),
    ),
  )
const brings = (scheme: SchemeParts, roles: readonly string[]) =>
  some(scheme.imports?.filter((one) => one.roles?.some((role) => roles.includes(role))))
const verdicts = (scheme: SchemeParts) => scheme.result?.type === 'verdict'
const scored = (scheme: SchemeParts) => scheme.result?.type === 'scored'
/** Who enters, checks, locks or unlocks scores. */
const scores = (scheme: SchemeParts, roles: readonly string[]) => {
  const { parts = [], steps = [], lock } = scheme.result ?? {}
  const duties = [...parts.flatMap(({ by }) => by ?? []), ...steps.map(({ by }) => by), lock?.by, lock?.unlocked_by]
  return scored(scheme) && duties.some((one) => one !== undefined && roles.includes(one))
}
/** Who consents to bands that schools may not give alone. */
const gradeConsents = (scheme: SchemeParts, roles: readonly string[]) =>
  some(scheme.result?.consents?.filter(({ by }) => roles.includes(by)))
const signatures = (scheme: SchemeParts) =>
  Object.values(scheme.archives ?? {}).some((kind) => some((kind as { sign_off?: unknown[] } | null)?.sign_off))

/** Who may have a report; a region's scheme may say nothing of those of its schools. */
const reports = (scheme: SchemeParts, roles: readonly string[]) =>
  some(scheme.reports?.filter((one) => one.roles.some((role) => roles.includes(role))))

const verifies = (scheme: SchemeParts) => Boolean(scheme.verification)
const uploads = (scheme: SchemeParts, roles: readonly string[]) =>
  Boolean(scheme.verification?.uploaded_by.some((role) => roles.includes(role)))

const prepares = (scheme: SchemeParts) => some(scheme.switches) || Boolean(scheme.participation)

const E = {
  home: { path: '/home', icon: 'home', label: '首页' },
  report: {
    path: '/report',
    icon: 'plus',
    label: '上报',
    main: true,
    has: handsIn,
    named: ({ texts }) => texts?.submit,
  },
  records: { path: '/records', icon: 'record', label: '记录' },
  selection: { path: '/selection', icon: 'selected', label: '遴选', has: selects, named: ({ texts }) => texts?.select },
  board: { path: '/board', icon: 'board', label: '公示栏', has: board },
  myCases: { path: '/my-cases', icon: 'case', label: '质疑申诉', has: cases, named: caseTypes },
  myArchives: { path: '/my-archives', icon: 'archived', label: '档案', has: archives },
  growth: { path: '/growth', icon: 'growth', label: '成长', has: shares },
  hours: { path: '/hours', icon: 'chart', label: '时长', has: hours },
  criteria: { path: '/criteria', icon: 'info', label: '标准', has: criteria },
  finalSelection: { path: '/final-selection', icon: 'selected', label: '终评', has: finals },
  finalReview: { path: '/final-submissions', icon: 'approved', label: '终评审核', may: ['review'], has: reviewsFinals },
  children: { path: '/children', icon: 'people', label: '孩子' },
  confirmations: { path: '/confirmations', icon: 'approved', label: '确认', has: confirms },
  consents: { path: '/consents', icon: 'shield', label: '同意书' },
  tasks: { path: '/tasks', icon: 'home', label: '待办' },
  review: { path: '/review', icon: 'approved', label: '审核' },
  schoolClass: { path: '/class', icon: 'people', label: '班级' },
  imports: { path: '/imports', icon: 'upload', label: '导入' },
  comments: { path: '/comments', icon: 'comment', label: '评语', has: comments },
  cases: { path: '/cases', icon: 'case', label: '异常', has: cases, named: caseTypes },
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
  preparation: { path: '/preparation', icon: 'draft', label: '学期准备', has: prepares },
  people: { path: '/people', icon: 'people', label: '人员班级' },
  sealing: { path: '/sealing', icon: 'archived', label: '归档', has: archives },
  reports: { path: '/reports', icon: 'chart', label: '报表', may: ['oversee'], has: reports, later: true },
  verdicts: { path: '/verdicts', icon: 'approved', label: '评定', has: verdicts },
  scores: { path: '/scores', icon: 'table', label: '评分', may: ['evaluate'], has: scores, later: true },
  gradeConsents: {
    path: '/score-consents',
    icon: 'approved',
    label: '等级同意',
    may: ['evaluate'],
    has: gradeConsents,
    later: true,
  },
  myScores: { path: '/my-scores', icon: 'approved', label: '评分', has: scored, later: true },
  filings: { path: '/filings', icon: 'approved', label: '归档签字', has: signatures },
  ownForm: { path: '/form-upload', icon: 'camera', label: '确认表', has: uploads, later: true },
  forms: { path: '/forms', icon: 'draft', label: '信息核查', has: verifies, later: true },
  completion: { path: '/form-completion', icon: 'chart', label: '核查进度', has: verifies, later: true },
  signatures: { path: '/signatures', icon: 'draft', label: '签字', has: signatures },
  progress: { path: '/progress', icon: 'chart', label: '进度' },
  schools: { path: '/schools', icon: 'school', label: '学校' },
  staff: { path: '/staff', icon: 'people', label: '人员' },
  versions: { path: '/scheme-versions', icon: 'tree', label: '方案版本', may: ['adopt_schemes'] },
  exceptions: { path: '/exceptions', icon: 'lock', label: '锁定例外' },
  contacts: {
    path: '/contacts',
    icon: 'people',
    label: '联系表',
    may: ['see_contacts'],
    has: (scheme) => some(scheme.contacts?.lines),
  },
  messages: { path: '/messages', icon: 'bell', label: '消息' },
  me: { path: '/me', icon: 'person', label: '我的' },
} satisfies Record<string, Entry>

/** Where one writes growth records, they have the tab of the records, which are their selected part. */
const unshared: Entry = { ...E.records, has: (scheme) => !shares(scheme) }
const shared: Entry = { ...E.growth, later: true }

interface Navigation {
  tabs: Entry[]
  rail: Entry[]
}

/** What a card that has one of these capabilities is mainly for; the first that it has counts. */
export const PROFILES: readonly (readonly [Capability, Navigation])[] = [
  [
    'act_as_student',
    {
      tabs: [E.home, unshared, shared, E.report, E.board, E.myScores, E.me],
      rail: [
        ...[E.home, E.report, E.records, E.confirmations, E.selection, E.board, E.myCases, E.myArchives, E.growth],
        ...[E.finalSelection, E.myScores],
      ],
    },
  ],
  [
    'act_as_guardian',
    {
      tabs: [E.children, unshared, shared, E.report, E.myScores, E.messages, E.me],
      rail: [
        E.children,
        E.records,
        E.confirmations,
        E.board,
        E.myCases,
        E.myArchives,
        E.growth,
        E.finalSelection,
        E.myScores,
        E.ownForm,
        E.consents,
      ],
    },
  ],
  [
    'oversee_schools',
    {
      tabs: [{ ...E.region, label: '首页' }, E.progress, E.find, E.messages, E.me],
      rail: [
        ...[E.region, E.progress, E.reports, E.gradeConsents, E.filings, E.completion, E.schools, E.staff],
        ...[E.versions, E.contacts],
        ...[E.exceptions, E.cases],
      ],
    },
  ],
  [
    'plan_terms',
    {
      tabs: [E.overview, E.alerts, E.find, E.me],
      rail: [
        ...[E.overview, E.terms, E.people, E.imports, E.board, E.cases, E.scores, E.gradeConsents, E.reports, E.forms],
        ...[E.signatures, E.sealing],
      ],
    },
  ],
  [
    'judge',
    {
      tabs: [E.overview, E.verdicts, E.gradeConsents, E.signatures, E.me],
      rail: [E.overview, E.verdicts, E.gradeConsents, E.signatures, E.sealing, E.reports],
    },
  ],
  [
    'help_families',
    {
      tabs: [E.tasks, E.review, E.schoolClass, E.board, E.scores, E.me],
      rail: [
        E.tasks,
        E.review,
        E.schoolClass,
        E.scores,
        E.forms,
        E.imports,
        E.comments,
        E.board,
        E.cases,
        E.signatures,
        E.reports,
        E.archives,
      ],
    },
  ],
]

const review = { ...E.review, has: confirms }
const decide = { ...E.cases, may: ['decide_cases'] as const }
const enter = { may: ['enter'] as const, has: enters }
const mend = { ...E.cases, may: ['enter'] as const, has: mends, later: true }
const look = { ...E.board, may: ['see_board'] as const, has: boardOfRole }

/** All other staff: recorders, auditors, teachers of subjects, panels, and whatever role a scheme adds. */
export const STAFF: Navigation = {
  tabs: [
    E.tasks,
    review,
    decide,
    E.scores,
    E.gradeConsents,
    E.finalReview,
    { ...E.entry, ...enter },
    { ...E.entered, ...enter },
    mend,
    look,
    E.messages,
    E.me,
  ],
  rail: [
    E.tasks,
    review,
    decide,
    E.scores,
    E.gradeConsents,
    E.reports,
    { ...E.sealing, may: ['seal'], later: true },
    E.finalReview,
    { ...E.entry, ...enter },
    { ...E.imports, has: brings },
    { ...E.catalog, may: enter.may },
    { ...E.preparation, may: enter.may },
    { ...E.entered, ...enter },
    mend,
    look,
    { ...E.secondReview, may: ['correct_archives'] },
    E.contacts,
    { ...E.find, may: ['see_records'], later: true },
  ],
}
const MOST_TABS = 5
const MOST_CHARACTERS = 4

function navigationOf(acting: Acting): Navigation | null {
  if (!acting.can.length) return null
  return PROFILES.find(([capability]) => can(acting, capability))?.[1] ?? STAFF
}

/** The names and icons of pages that stand in no tab, for links to them. */
export const ENTRIES: Record<keyof typeof E, Entry> = E

/** Whether a page exists at this path and this card may open it. */
export function mayOpen(router: Router, path: string, acting: Acting): boolean {
  const found = router.resolve(path)
  if (found.matched.length === 0 || found.meta.missing) return false
  return !found.meta.may || can(acting, ...found.meta.may)
}

/** What an entry is called: by the scheme's word, where that has room. */
export function nameOf({ label, named }: Entry, scheme: SchemeParts | null): string {
  const name = scheme && named?.(scheme)
  return name && [...name].length <= MOST_CHARACTERS ? name : label
}

/** What is shown of the tabs or the rail. While the scheme is not known yet (`null`), what it might have is shown. */
export function entries(router: Router, acting: Acting, where: keyof Navigation, scheme: SchemeParts | null): Entry[] {
  const all: Entry[] = navigationOf(acting)?.[where] ?? (where === 'tabs' ? [E.messages, E.me] : [])
  const found = all.filter(
    ({ path, may, has, later }) =>
      mayOpen(router, path, acting) &&
      (!may || can(acting, ...may)) &&
      (scheme ? !has || has(scheme, acting.roles) : !later),
  )
  const shown = found.filter((one, at) => found.findIndex(({ path }) => path === one.path) === at)
  const named = shown.map((entry) => ({ ...entry, label: nameOf(entry, scheme) }))
  // The last two tabs, messages and the account, always have a place.
  return where === 'tabs' ? [...named.slice(0, -2).slice(0, MOST_TABS - 2), ...named.slice(-2)] : named
}

/** The page on which a card starts: the first that exists. */
export function startOf(router: Router, acting: Acting): string {
  return entries(router, acting, 'rail', null)[0]?.path ?? entries(router, acting, 'tabs', null)[0]?.path ?? '/me'
}

/** The entry that the page belongs to: `meta.tab`, or the longest entry whose path begins the page's. */
export function current(route: RouteLocationNormalizedLoaded, shown: Entry[]): Entry | null {
  const tab = route.meta.tab
  if (tab) return shown.find(({ path }) => path === tab) ?? null
  const below = shown.filter(({ path }) => route.path === path || route.path.startsWith(`${path}/`))
  return below.sort((a, b) => b.path.length - a.path.length)[0] ?? null
}

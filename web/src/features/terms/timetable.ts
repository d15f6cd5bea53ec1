/** A timetable while it is being planned: its windows as the service takes them, and how they stand on the axis. */
import type { components } from '@/api/generated/records'
import { ENTRIES, filedCases } from '@/app/navigation'
import type { AxisFinding, AxisGroup, AxisMove } from '@/ui/axis'
import { addDays, daysBetween, formatTime, isoDate } from '@/ui/format'

export type WindowIn = components['schemas']['WindowIn']
export type Preview = components['schemas']['PreviewView']
export type Finding = components['schemas']['FindingView']
export type Remedy = components['schemas']['RemedyView']
export type Term = components['schemas']['TermView']
export type Scheme = components['schemas']['Scheme']
export type Planned = components['schemas']['PlannedWindowView']

const DAY = 86_400_000

/** The same moment some days later; China has no daylight saving time. */
function shifted(moment: string, days: number): string {
  return new Date(Date.parse(moment) + days * DAY).toISOString()
}

export function moved(window: WindowIn, { edge, days }: Pick<AxisMove, 'edge' | 'days'>): WindowIn {
  return {
    ...window,
    starts: edge === 'end' ? window.starts : shifted(window.starts, days),
    ends: edge === 'start' ? window.ends : shifted(window.ends, days),
  }
}

export function remedied(windows: readonly WindowIn[], remedy: Remedy): WindowIn[] {
  return windows.map((one, at) => (at === remedy.window ? { ...one, [remedy.edge]: remedy.at } : one))
}

/** A moment as `datetime-local` writes it, in China's time, and back. */
export const toInput = (moment: string) => `${isoDate(Date.parse(moment))}T${formatTime(moment)}`
export const fromInput = (text: string) => new Date(`${text}:00+08:00`).toISOString()

/** Where a finding lies: between the edge as it is and as the first remedy would have it; without one, the whole window. */
export function drawn(findings: readonly Finding[], windows: readonly Planned[]): AxisFinding[] {
  return findings.flatMap(({ severity, windows: about, remedies }, at) => {
    if (severity === 'note') return []
    const remedy = remedies[0]
    const index = remedy?.window ?? about[0]
    const window = index === undefined ? undefined : windows[index]
    if (!window) return []
    const level = severity === 'error' ? ('error' as const) : ('warning' as const)
    let [from, to] = [window.starts, window.ends]
    if (remedy) {
      const edge = remedy.edge === 'starts' ? window.starts : window.ends
      ;[from, to] = Date.parse(edge) < Date.parse(remedy.at) ? [edge, remedy.at] : [remedy.at, edge]
    }
    return [{ number: at + 1, window: String(index), level, from, to }]
  })
}

type Named = { operation?: string | null } | null | undefined
const operations = (...parts: (Named | readonly Named[])[]) =>
  new Set(parts.flat().flatMap((part) => (part?.operation ? [part.operation] : [])))

/** The rows of the axis, grouped by the part of the scheme that uses an operation. */
export function grouped(scheme: Scheme, windows: readonly Planned[], findings: readonly AxisFinding[]): AxisGroup[] {
  const kinds = scheme.dimensions.flatMap((dimension) => dimension.kinds)
  const chains = [...kinds.map(({ review }) => review), scheme.positions?.review]
  const parts = [
    {
      id: 'records',
      title: '记录',
      has: operations(
        kinds,
        scheme.positions,
        (scheme.imports ?? []).filter(({ kind }) => kind),
        ...chains.map((chain) => chain?.steps ?? []),
      ),
    },
    {
      id: 'board',
      title: '公示',
      has: operations(
        scheme.board,
        kinds.map(({ publicity }) => publicity),
      ),
    },
    {
      id: 'cases',
      title: filedCases(scheme) || ENTRIES.cases.label,
      has: operations(scheme.cases?.types ?? [], scheme.cases?.stages ?? []),
    },
  ]
  const warned = new Set(findings.map(({ window }) => window))
  const rows = windows.map((window, at) => ({
    id: String(at),
    title: window.title,
    opens_at: window.starts,
    closes_at: window.ends,
    published: window.operation === scheme.timing.publicity_operation,
    note:
      window.operation === scheme.timing.publicity_operation || warned.has(String(at))
        ? `${window.working_days} 个工作日`
        : undefined,
    part: parts.find(({ has }) => has.has(window.operation))?.id ?? 'rest',
  }))
  return [...parts, { id: 'rest', title: '评语与归档' }].flatMap(({ id, title }) => {
    const mine = rows.filter(({ part }) => part === id)
    return mine.length ? [{ id, title, windows: mine }] : []
  })
}

/** First and last day of the axis: from a Monday before the first window to some days after the last. */
export function span(windows: readonly Planned[], findings: readonly AxisFinding[], last?: number): [string, string] {
  const moments = [
    ...windows.flatMap(({ starts, ends }) => [starts, ends]),
    ...findings.flatMap(({ from, to }) => [from, to]),
  ]
  const all = moments.map((moment) => Date.parse(moment))
  const to = addDays(isoDate(Math.max(...all)), 6)
  const first = isoDate(Math.min(...all))
  return [last && daysBetween(first, to) > last ? addDays(to, -last) : addDays(first, -1), to]
}

export const same = (a: readonly WindowIn[], b: readonly WindowIn[]) =>
  JSON.stringify(a.map(key)) === JSON.stringify(b.map(key))
const key = ({ operation, starts, ends, roles, grades }: WindowIn) => [
  operation,
  Date.parse(starts),
  Date.parse(ends),
  roles ?? [],
  grades ?? [],
]

/** One window among others of the same operation, such as for another grade. */
const identity = ({ operation, roles, grades }: WindowIn) => JSON.stringify([operation, roles ?? [], grades ?? []])

/** What was changed in `mine` since `before`, on top of `theirs`; what was removed in `mine` stays removed. */
export function merged(
  mine: readonly WindowIn[],
  before: readonly WindowIn[],
  theirs: readonly WindowIn[],
): WindowIn[] {
  const of = (windows: readonly WindowIn[]) => new Map(windows.map((one) => [identity(one), one]))
  const [own, old, other] = [of(mine), of(before), of(theirs)]
  const kept = theirs.flatMap((one) => {
    const [mineNow, mineBefore] = [own.get(identity(one)), old.get(identity(one))]
    if (!mineNow) return mineBefore ? [] : [one]
    return mineBefore && same([mineNow], [mineBefore]) ? [one] : [mineNow]
  })
  const added = mine.filter((one) => {
    const was = old.get(identity(one))
    return !other.has(identity(one)) && !(was && same([one], [was]))
  })
  return [...kept, ...added]
}

/** The windows of a term as it is stored. */
export function windowsIn(stored: Term['windows']): WindowIn[] {
  return stored.map(({ operation, starts, ends, roles, grades }) => ({
    operation,
    starts,
    ends,
    roles,
    grades: grades?.map(Number),
  }))
}

export function windowsOf(planned: readonly Planned[]): WindowIn[] {
  return planned.map(({ operation, starts, ends, roles, grades }) => ({ operation, starts, ends, roles, grades }))
}

/**
 * The plan with the windows of a table that is for these grades (empty: for all). Windows of the same operation give way for
 * these grades and stay for the others of the stage.
 */
export function applied(
  plan: readonly WindowIn[],
  found: readonly WindowIn[],
  grades: readonly number[],
  stage: readonly number[],
): WindowIn[] {
  const set = new Set(found.map(({ operation }) => operation))
  const kept = plan.flatMap((one) => {
    if (!set.has(one.operation)) return [one]
    const rest = (one.grades?.length ? one.grades : stage).filter((grade) => grades.length && !grades.includes(grade))
    return rest.length ? [{ ...one, grades: [...rest] }] : []
  })
  return [...kept, ...found]
}

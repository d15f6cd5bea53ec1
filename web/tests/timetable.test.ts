import { describe, expect, it } from 'vitest'
import { applied, grouped, merged, type Planned, type Scheme, type WindowIn } from '@/features/terms/timetable'

const DAYS = { starts: '2026-12-01T00:00:00Z', ends: '2026-12-10T00:00:00Z' }
const window = (operation: string, ends = DAYS.ends): WindowIn => ({
  operation,
  ...DAYS,
  ends,
  roles: [],
  grades: [],
})
const LATER = '2026-12-12T00:00:00Z'
const LAST = '2026-12-14T00:00:00Z'

describe('two plans of one term', () => {
  it('keeps what each of them changed', () => {
    const before = [window('a'), window('b'), window('c')]
    const mine = [window('a', LATER), window('b'), window('c')]
    const theirs = [window('a'), window('b', LAST), window('c')]
    expect(merged(mine, before, theirs)).toEqual([window('a', LATER), window('b', LAST), window('c')])
  })

  it('prefers what was changed here where both changed the same window', () => {
    const before = [window('a')]
    expect(merged([window('a', LATER)], before, [window('a', LAST)])).toEqual([window('a', LATER)])
  })

  it('keeps what either added, and drops what either removed unless the other changed it', () => {
    const before = [window('a'), window('b'), window('c')]
    const mine = [window('b'), window('c', LATER), window('mine')]
    const theirs = [window('a'), window('theirs')]
    expect(merged(mine, before, theirs)).toEqual([window('theirs'), window('c', LATER), window('mine')])
  })
})

describe('a table for some grades', () => {
  const stage = [6, 7, 8, 9]
  it('takes the place of the windows of its grades only', () => {
    const ninth = { ...window('a', LATER), grades: [9] }
    expect(applied([window('a'), window('b')], [ninth], [9], stage)).toEqual([
      { ...window('a'), grades: [6, 7, 8] },
      window('b'),
      ninth,
    ])
    expect(applied([{ ...window('a'), grades: [9] }], [ninth], [9], stage)).toEqual([ninth])
  })

  it('without grades takes the place of all', () => {
    expect(applied([window('a')], [window('a', LATER)], [], stage)).toEqual([window('a', LATER)])
  })
})

describe('the groups of a plan', () => {
  const planned = [{ ...window('handle'), title: '处理', working_days: 3 }] as unknown as Planned[]
  const scheme = (...types: object[]) =>
    ({ dimensions: [], timing: {}, cases: { types, stages: [{ operation: 'handle' }] } }) as unknown as Scheme
  const title = (one: Scheme) => grouped(one, planned, []).map((group) => group.title)

  it('call cases what the scheme calls those that people file', () => {
    const byClock = { title: '逾期未改', by_clock: true }
    expect(title(scheme({ title: '举报' }, { title: '申诉' }, byClock))).toEqual(['举报申诉'])
    expect(title(scheme(byClock))).toEqual(['异常'])
  })
})

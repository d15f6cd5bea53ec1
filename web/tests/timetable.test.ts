import { describe, expect, it } from 'vitest'
import { merged, type WindowIn } from '@/features/terms/timetable'

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

import { describe, expect, it } from 'vitest'
import { readFileSync } from 'node:fs'
import { codePoints, firstCharacter } from '@/ui/code-points'
import {
  addDays,
  daysBetween,
  formatDay,
  formatNumber,
  formatRange,
  formatRemaining,
  formatShare,
  formatUntil,
  isoDate,
  timeLeft,
} from '@/ui/format'
import { ICONS } from '@/ui/icons'
import { addressOf, numberColumns, type SheetRow } from '@/ui/sheets'
import { sortRows, type Column } from '@/ui/table'

const year = new Date().getFullYear()

describe('moments', () => {
  it('an end at midnight belongs to the day before, at 24:00', () => {
    expect(formatUntil(`${year}-12-08T16:00:00Z`)).toMatch(/12月8日（周.）24:00$/)
  })
  it('are shown in the time of China, whatever the device says', () => {
    expect(isoDate('2026-12-31T16:30:00Z')).toBe('2027-01-01')
  })
  it('have the year if they are far away', () => {
    expect(formatDay(`${year + 2}-03-01`)).toBe(`${year + 2}年3月1日`)
  })
  it('a range that ends at midnight ends on the day before, and one day is written once', () => {
    expect(formatRange('2020-10-09T16:00:00Z', '2020-11-28T16:00:00Z')).toBe('2020年10月10日 – 2020年11月28日')
    expect(formatRange('2020-10-10', '2020-10-10')).toBe('2020年10月10日')
  })
})

describe('dates', () => {
  it('never become another day by way of a time zone', () => {
    expect(addDays('2026-02-28', 1)).toBe('2026-03-01')
    expect(addDays('2024-02-28', 1)).toBe('2024-02-29')
    expect(daysBetween('2026-12-31', '2027-01-01')).toBe(1)
  })
})

describe('the time that is left', () => {
  const at = Date.parse('2026-12-01T00:00:00Z')
  const left = (hours: number) => timeLeft(at + hours * 3_600_000, at)
  it('is days and hours, under a day hours, under an hour minutes', () => {
    expect(left(6 * 24 + 7.9).parts).toEqual([
      { count: 6, unit: '天' },
      { count: 7, unit: '小时' },
    ])
    expect(left(12).parts).toEqual([{ count: 12, unit: '小时' }])
    expect(left(47 / 60).parts).toEqual([{ count: 47, unit: '分钟' }])
  })
  it('is short under 24 hours and ends', () => {
    expect([left(24).short, left(23.9).short, left(0).ended]).toEqual([false, true, true])
  })
  it('is rounded up where work is going on', () => {
    expect(formatRemaining(121)).toBe('约剩 3 分钟')
    expect(formatRemaining(0.2)).toBe('约剩 1 秒')
  })
})

describe('numbers', () => {
  it('are grouped', () => expect(formatNumber(1234567)).toBe('1,234,567'))
  it('a share is never 100% while something is missing, nor 0% while something is there', () => {
    expect([formatShare(999, 1000), formatShare(1, 1000), formatShare(3, 3), formatShare(0, 0)]).toEqual([
      '99%',
      '1%',
      '100%',
      '—',
    ])
  })
})

describe('characters', () => {
  it('are counted as code points', () => {
    expect(codePoints('𠮷野家👍')).toBe(4)
    expect(codePoints('\ud842')).toBe(1)
  })
  it('the mark is the first one after quotes', () => {
    expect(firstCharacter(' 《“红楼梦”》')).toBe('红')
    expect(firstCharacter('𠮷野')).toBe('𠮷')
  })
})

describe('sheets', () => {
  it('name a cell by its letter and number, a row by its number', () => {
    expect([addressOf(9, 'D'), addressOf(9, null)]).toEqual(['D9', '第 9 行'])
  })
  it('set a column of numbers to the right, even if a wrong cell has words', () => {
    const columns = ['A', 'B', 'C', 'D'].map((letter) => ({ letter, title: letter }))
    const rows: SheetRow[] = [
      { number: 3, cells: { A: '陈知夏', B: '20.6', C: '3600' } },
      { number: 9, cells: { A: '程嘉木', C: '36OO' }, problems: [{ column: 'C', message: '' }] },
    ]
    expect([...numberColumns(columns, rows)]).toEqual(['B', 'C'])
  })
})

describe('sorting', () => {
  const columns: Column<{ id: string; n: number | null }>[] = [{ id: 'n', title: '数' }]
  const rows = [
    { id: 'a', n: 10 },
    { id: 'b', n: null },
    { id: 'c', n: 9 },
  ]
  it('orders numbers by size with the empty last, in both directions', () => {
    expect(sortRows(rows, columns, 'n').map(({ id }) => id)).toEqual(['c', 'a', 'b'])
    expect(sortRows(rows, columns, '-n').map(({ id }) => id)).toEqual(['a', 'c', 'b'])
  })
})

it('the names of the icons are those of the sprite', () => {
  const sprite = readFileSync('src/ui/icons.svg', 'utf8')
  expect([...sprite.matchAll(/id="i-([a-z-]+)"/g)].map(([, name]) => name)).toEqual([...ICONS])
})

import { describe, expect, it } from 'vitest'
import type { BatchDetail } from '@/features/imports/types'
import { wrongOf } from '@/features/imports/wrong'

const column = (letter: string) => ({
  column: letter,
  title: letter,
  required: false,
  allowed: letter === 'D' ? '数字' : '',
})
const finding = (row: number, letter: string | null, sheet = '学生') => ({
  ...{ row, sheet, column: letter, cell: letter && `${letter}${row}` },
  ...{ field: null, code: 'x', message: `第 ${row} 行` },
})
const batch = (problems: unknown[], questions: unknown[] = []) => ({ problems, questions }) as BatchDetail
const excerpt = (rows: number[], last: number, sheet = '学生') => ({
  ...{ sheet, name: sheet, first_row: 2, last_row: last, columns: ['A', 'D'].map(column) },
  rows: rows.map((row) => ({ row, cells: { A: '陈知夏' } })),
})

describe('wrong cells', () => {
  it('stand in their rows with what is allowed, and are gone through from left to right', () => {
    const found = wrongOf(batch([finding(9, 'D'), finding(9, 'A')], [finding(9, null)]), [excerpt([9], 45)])
    const [[part] = []] = found.pages
    expect(part?.rows[0]?.problems?.map(({ allowed }) => allowed)).toEqual(['数字', undefined, undefined])
    expect(found.places.map(({ address }) => address)).toEqual(['第 9 行', 'A9', 'D9'])
    expect([part?.first, part?.last]).toEqual([2, 45])
  })
  it('of thousands of rows are paged; the pages follow each other without a gap', () => {
    const rows = Array.from({ length: 100 }, (_, at) => at * 3 + 3)
    const found = wrongOf(batch(rows.map((row) => finding(row, 'D'))), [excerpt(rows, 400)])
    const parts = found.pages.flat()
    expect(parts.map(({ rows: some }) => some.length)).toEqual([40, 40, 20])
    expect(parts.slice(1).map(({ first }) => first)).toEqual(parts.slice(0, -1).map(({ last = 0 }) => last + 1))
    expect(parts[2]?.last).toBe(400)
    expect(found.places[40]?.page).toBe(1)
  })
  it('that the excerpt has no room for are listed after it, and the rows behind it are not called right', () => {
    const found = wrongOf(batch([finding(3, 'D'), finding(99, 'D')]), [excerpt([3], 400)])
    expect(found.rest.map(({ row }) => row)).toEqual([99])
    expect(found.pages[0]?.[0]?.last).toBe(3)
  })
  it('of several sheets keep to their sheet; what belongs to no row stands apart', () => {
    const found = wrongOf(batch([finding(3, 'D', '教师'), finding(0, null)]), [
      excerpt([3], 9),
      excerpt([3], 9, '教师'),
    ])
    expect(found.pages[0]?.map(({ sheet, rows }) => [sheet, rows[0]?.problems?.length])).toEqual([
      ['学生', 0],
      ['教师', 1],
    ])
    expect(found.rest.map(({ row }) => row)).toEqual([0])
  })
})

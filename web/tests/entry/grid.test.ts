import { describe, expect, it } from 'vitest'
import { stepOf } from '@/ui/cells'
import { parseTable } from '@/ui/copied'

describe('what is pasted from a spreadsheet', () => {
  it('becomes rows of texts; the line end after the last row begins no further row', () => {
    expect(parseTable('85\t良好\r\n 90 \t优秀\r\n')).toEqual([
      ['85', '良好'],
      ['90', '优秀'],
    ])
  })
  it('keeps empty cells, at the end of a row too, and empty rows between others', () => {
    expect(parseTable('\t良好\n85\t\n\n90')).toEqual([['', '良好'], ['85', ''], [''], ['90']])
    expect(parseTable('85\t')).toEqual([['85', '']])
  })
  it('has no quotes around cells of several lines', () => {
    expect(parseTable('"第一行\n第二行"\t"他说""好"""')).toEqual([['第一行\n第二行', '他说"好"']])
  })
})

describe('keys in the table', () => {
  it('go down and up; left and right belong to the field', () => {
    expect(stepOf('Enter', false)).toBe(1)
    expect(stepOf('Enter', true)).toBe(-1)
    expect(stepOf('ArrowUp', false)).toBe(-1)
    expect(stepOf('ArrowLeft', false)).toBeNull()
  })
})

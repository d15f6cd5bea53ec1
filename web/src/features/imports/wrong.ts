/** The wrong cells of a batch where they stand: findings and excerpts of the workbook brought together, in pages of some rows. */
import type { components } from '@/api/generated/import'
import { addressOf, type SheetColumn, type SheetRow } from '@/ui/sheets'
import type { BatchDetail } from './types'

type Excerpt = components['schemas']['Excerpt']
type Finding = components['schemas']['CellProblem']

/** A part of one sheet. Between `first` and `last` every row that is not listed has no problem. */
export interface Part {
  key: string
  sheet: string
  columns: SheetColumn[]
  rows: SheetRow[]
  first?: number
  last?: number
}

export interface Place {
  page: number
  part: string
  address: string
}

export interface Wrong {
  pages: Part[][]
  /** Every wrong cell and row in the order of the sheets. */
  places: Place[]
  /** What belongs to no row that is shown. */
  rest: Finding[]
}

const PAGE = 40

export function wrongOf(batch: BatchDetail, excerpts: readonly Excerpt[]): Wrong {
  const findings = [...batch.problems, ...batch.questions]
  const shown = new Set<Finding>()
  const parts = excerpts.flatMap((excerpt) => {
    const allowed = new Map(excerpt.columns.map(({ column, allowed: text }) => [column, text]))
    const own = findings.filter(({ sheet, row }) => row > 0 && (excerpts.length === 1 || sheet === excerpt.sheet))
    const rows = excerpt.rows.map(({ row, cells }): SheetRow => {
      const problems = own.filter((finding) => finding.row === row)
      problems.forEach((finding) => shown.add(finding))
      return {
        number: row,
        cells,
        problems: problems.map(({ column = null, message }) => ({
          column,
          message,
          allowed: (column && allowed.get(column)) || undefined,
        })),
      }
    })
    // The excerpt has so many rows at most: after them there may be more that are wrong.
    const complete = own.every(({ row }) => excerpt.rows.some((one) => one.row === row))
    return pagesOf(excerpt, rows, complete ? excerpt.last_row : rows[rows.length - 1]?.number)
  })
  const pages: Part[][] = []
  for (const part of parts) {
    const page = pages[pages.length - 1]
    const size = page?.reduce((sum, { rows }) => sum + rows.length, 0) ?? PAGE
    if (page && size + part.rows.length <= PAGE) page.push(part)
    else pages.push([part])
  }
  return { pages, places: placesOf(pages), rest: findings.filter((finding) => !shown.has(finding)) }
}

function pagesOf(excerpt: Excerpt, rows: SheetRow[], last: number | undefined): Part[] {
  const columns = excerpt.columns.map(({ column, title }) => ({ letter: column, title }))
  const found: Part[] = []
  for (let at = 0; at < rows.length; at += PAGE) {
    const some = rows.slice(at, at + PAGE)
    found.push({
      key: `${excerpt.sheet}-${at}`,
      sheet: excerpt.name ?? excerpt.sheet,
      columns,
      rows: some,
      first: at === 0 ? excerpt.first_row : (rows[at - 1]?.number ?? 0) + 1,
      last: at + PAGE < rows.length ? some[some.length - 1]?.number : last,
    })
  }
  return found
}

function placesOf(pages: Part[][]): Place[] {
  return pages.flatMap((parts, page) =>
    parts.flatMap(({ key, columns, rows }) =>
      rows.flatMap(({ number, problems = [] }) => {
        const order = [null, ...columns.map(({ letter }): string | null => letter)]
        const wrong = [...new Set(problems.map(({ column }) => column))]
        wrong.sort((a, b) => order.indexOf(a) - order.indexOf(b))
        return wrong.map((column) => ({ page, part: key, address: addressOf(number, column) }))
      }),
    ),
  )
}

export interface SheetColumn {
  /** A, B … as the program for tables calls it. */
  letter: string
  title: string
}

export interface SheetProblem {
  /** The letter of the column; null: of the whole row. */
  column: string | null
  message: string
  /** What may be filled in. */
  allowed?: string
}

export interface SheetRow {
  /** The number in the sheet; the first row is 1. */
  number: number
  /** Texts by the letter of their column. */
  cells: Readonly<Record<string, string>>
  problems?: readonly SheetProblem[]
}

/** The address of a cell, or of a row, as people say it: D9, 第 9 行. */
export function addressOf(row: number, column: string | null): string {
  return column === null ? `第 ${row} 行` : `${column}${row}`
}

/** The columns of which every text of these rows is a number: they stand at the right. */
export function numberColumns(columns: readonly SheetColumn[], rows: readonly SheetRow[]): Set<string> {
  const isNumber = (text: string | undefined) => !text || /^-?\d+(\.\d+)?$/.test(text)
  const right = (row: SheetRow, letter: string) =>
    row.problems?.some(({ column }) => column === letter) || isNumber(row.cells[letter])
  return new Set(
    columns
      .filter(({ letter }) => rows.some((row) => row.cells[letter]) && rows.every((row) => right(row, letter)))
      .map(({ letter }) => letter),
  )
}

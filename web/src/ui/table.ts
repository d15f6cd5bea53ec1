export interface Column<Row> {
  id: string
  title: string
  /** The cell's text; without it the member of the row with the column's id. */
  value?: (row: Row) => string | number | null | undefined
  /** Numbers stand at the right. */
  number?: boolean
  sortable?: boolean
  /** Names the row. */
  head?: boolean
  width?: string
}

/** Sorts rows by a column in Chinese order, numbers by size, empty ones last. For lists that are in the browser as a whole. */
export function sortRows<Row>(rows: readonly Row[], columns: readonly Column<Row>[], sort: string): readonly Row[] {
  const down = sort.startsWith('-')
  const column = columns.find(({ id }) => id === (down ? sort.slice(1) : sort))
  if (!column) return rows
  const valueOf = (row: Row) => (column.value ? column.value(row) : (row as Record<string, unknown>)[column.id])
  const isEmpty = (value: unknown) => value === null || value === undefined || value === ''
  return [...rows].sort((one, other) => {
    const [a, b] = [valueOf(one), valueOf(other)]
    if (isEmpty(a) || isEmpty(b)) return Number(isEmpty(a)) - Number(isEmpty(b))
    const order =
      typeof a === 'number' && typeof b === 'number'
        ? a - b
        : String(a).localeCompare(String(b), 'zh-CN', { numeric: true })
    return down ? -order : order
  })
}

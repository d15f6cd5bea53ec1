/** What was copied from a table: rows of texts. Cells that programs quote, because they have lines, lose their quotes. */
export function parseTable(text: string): string[][] {
  const rows: string[][] = [[]]
  const cell = /("(?:[^"]|"")*"|[^\t\r\n]*)(\t|\r?\n|\r|$)/y
  while (cell.lastIndex < text.length) {
    const [, value = '', end] = cell.exec(text) ?? []
    const quoted = value.startsWith('"') && value.endsWith('"') && value.length > 1
    rows[rows.length - 1]?.push((quoted ? value.slice(1, -1).split('""').join('"') : value).trim())
    if (end === '') break
    if (end !== '\t' && cell.lastIndex < text.length) rows.push([])
    // A tab at the very end begins an empty cell.
    if (end === '\t' && cell.lastIndex >= text.length) rows[rows.length - 1]?.push('')
  }
  return rows
}

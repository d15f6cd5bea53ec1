/** Where a key leads from a cell; null: the key belongs to the field. */
export function stepOf(key: string, shift: boolean): number | null {
  if (key === 'ArrowDown' || (key === 'Enter' && !shift)) return 1
  if (key === 'ArrowUp' || (key === 'Enter' && shift)) return -1
  return null
}

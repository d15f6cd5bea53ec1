/** A key figure: the number with its unit or its whole, what it counts, and what it means. */
export interface Figure {
  id: string
  figure: string
  word: string
  note?: string
  bad?: boolean
}

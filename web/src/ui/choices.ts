export interface Option {
  id: string
  title: string
  /** What follows from the choice, in a second line. */
  note?: string
}

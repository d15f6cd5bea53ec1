/** What the planner's axis shows. Moments are ISO 8601; days are those of China. */
export interface AxisWindow {
  id: string
  title: string
  opens_at: string
  closes_at: string
  /** Published to everybody: drawn apart. */
  published?: boolean
  /** Cannot be moved: it has begun, or the scheme fixes it. */
  fixed?: boolean
  /** Inside the bar: 9 个工作日. */
  note?: string
}

export interface AxisGroup {
  id: string
  title: string
  windows: readonly AxisWindow[]
}

export interface AxisFinding {
  /** The number that stands on the axis and in the list. */
  number: number
  window: string
  level: 'error' | 'warning'
  from: string
  to: string
  /** Beside the number: 还差 1 天. */
  label?: string
}

export interface AxisHoliday {
  from: string
  to: string
  title: string
}

export interface AxisMove {
  id: string
  edge: 'start' | 'end' | 'both'
  days: number
}

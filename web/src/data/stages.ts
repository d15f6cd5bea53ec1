/** School stages, and the terms of a school year. */
export type StageId = 'primary' | 'junior_secondary' | 'senior_secondary' | 'vocational'

export const STAGE_TITLES: Record<StageId, string> = {
  primary: '小学',
  junior_secondary: '初中',
  senior_secondary: '高中',
  vocational: '中职',
}

/** The terms of a school year as choices: two, or three where the stage has three. */
export function termNumbers(perYear: number): { id: string; title: string }[] {
  return [...'一二三'].slice(0, perYear).map((title, at) => ({ id: String(at + 1), title: `第${title}学期` }))
}

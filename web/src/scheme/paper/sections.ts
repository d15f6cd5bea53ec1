/** The sections of an archive in the scheme's order, numbered as on paper. */
import type { Paper } from './content'

const DIGITS = ['一', '二', '三', '四', '五', '六', '七', '八', '九', '十', '十一', '十二', '十三', '十四', '十五']

export type Section = Paper['sections'][number] & { heading: string; anchor: string }

export function numbered(content: Pick<Paper, 'sections'>): Section[] {
  return content.sections.map((section, at) => ({
    ...section,
    heading: `${DIGITS[at] ?? at + 1}、${section.title}`,
    anchor: `part-${at + 1}`,
  }))
}

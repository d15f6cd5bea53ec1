/** The words of the scheme: 遴选, 上报, 公示栏 … A word that no scheme names has a plain one here. */
import { computed, type ComputedRef } from 'vue'
import { useScheme } from './queries'

const PLAIN = {
  record: '记录',
  draft: '草稿',
  hours: '实践时长',
  criteria: '评价标准',
  final: '终评记录',
  evidence: '佐证材料',
  submit: '上报',
  approve: '通过',
  return: '退回',
  confirm: '确认',
  refuse: '确认不通过',
  report: '报告',
  select: '遴选',
  publicity: '公示',
  board: '公示栏',
  complaint: '质疑',
  appeal: '申诉',
  case: '质疑事项',
  recheck: '复核',
  position: '职务',
  misconduct: '不良记录',
  term_archive: '学期档案',
  career_archive: '生涯档案',
  self_evaluation: '自我评价',
  teacher_comment: '教师评语',
}
export type Texts = typeof PLAIN

export function useTexts(): ComputedRef<Texts> {
  const scheme = useScheme()
  return computed(() => ({ ...PLAIN, ...(scheme.data.value as { texts?: Partial<Texts> } | undefined)?.texts }))
}

/** The roles in Chinese, where no scheme is at hand to name them. */
const TITLES: Record<string, string> = {
  student: '学生',
  guardian: '家长',
  class_teacher: '班主任',
  subject_teacher: '任课教师',
  recorder: '录入员',
  auditor: '审核员',
  principal: '校长',
  school_administrator: '校管理员',
  district_administrator: '县（区）管理员',
  city_administrator: '市管理员',
  province_administrator: '省管理员',
  operator: '平台运维',
}

export function roleTitle(role: string | null): string {
  return TITLES[role ?? ''] ?? ''
}

/** The role of a card with its level, as `session.role` names it. */
export function roleOf(card: { role: string; level: string }): string {
  return card.role === 'administrator' ? `${card.level}_administrator` : card.role
}

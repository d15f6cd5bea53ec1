import { describe, expect, it } from 'vitest'
import { createMemoryHistory, createRouter } from 'vue-router'
import type { Acting, Capability } from '@/app/capabilities'
import { current, entries, PROFILES, STAFF, startOf, type Entry } from '@/app/navigation'

const page = { template: '<p />' }

/** A client in which exactly these pages exist. */
function aRouter(...paths: (string | [string, Capability[]])[]) {
  const routes = paths.map((one) => {
    const [path, may] = typeof one === 'string' ? [one, undefined] : one
    return { path, component: page, meta: { title: path, may } }
  })
  const missing = { path: '/:rest(.*)*', component: page, meta: { title: '', missing: true } }
  return createRouter({ history: createMemoryHistory(), routes: [...routes, missing] })
}

const acts = (role: string, ...can: Capability[]): Acting => ({ roles: role ? [role, `school_${role}`] : [], can })
const STUDENT = acts('student', 'act_as_student', 'act_for_student', 'see_board')
const TEACHER = acts('class_teacher', 'help_families', 'review', 'decide_cases', 'see_board')
const PRINCIPAL = acts('principal', 'judge', 'oversee')
const labels = (found: Entry[]) => found.map(({ label }) => label)

describe('the navigation', () => {
  it('has at most five tabs and eight entries on the rail, in words of at most four characters', () => {
    const kinds = (trigger: string, step?: string) => [
      { kinds: [{ publicity: { trigger }, review: { steps: step ? [{ role: step }] : [] } }] },
    ]
    const common = { board: {}, cases: { types: [{}] }, archives: { term: { sign_off: [] } } }
    const comments = { evaluations: [{ by: ['class_teacher'], about: 'student' }] }
    const signed = { archives: { term: { sign_off: [{}] } }, contacts: { lines: [{}] } }
    const growing = { drafts: { visibilities: [{ scope: 'class' }] }, final: { reviewer: 'panel' } }
    const schemes = [
      { ...common, ...comments, dimensions: kinds('selected') },
      { ...common, ...growing, dimensions: kinds('automatic') },
      { ...common, ...signed, switches: [{}], dimensions: kinds('selected', 'student') },
    ]
    const roles = ['student', 'guardian', 'class_teacher', 'school_administrator', 'principal']
    for (const [capability, { tabs, rail }] of PROFILES) {
      const router = aRouter(...new Set([...rail, ...tabs].map(({ path }) => path)))
      for (const scheme of [null, ...schemes])
        expect(entries(router, { roles, can: [capability] }, 'tabs', scheme).length, capability).toBeLessThanOrEqual(5)
      for (const scheme of schemes)
        expect(labels(entries(router, { roles, can: [capability, 'see_contacts'] }, 'rail', scheme)).length, capability)
          // the longest list fits a screen of 720 pixels
          .toBeLessThanOrEqual(8)
    }
    const words = [STAFF, ...PROFILES.map(([, navigation]) => navigation)]
    for (const { label } of words.flatMap(({ tabs, rail }) => [...tabs, ...rail])) {
      expect([...label].length, label).toBeLessThanOrEqual(4)
    }
    const all = aRouter(...STAFF.tabs.map(({ path }) => path))
    const busy = acts('everything', 'enter', 'review', 'decide_cases', 'see_board')
    expect(labels(entries(all, busy, 'tabs', null))).toEqual(['待办', '审核', '异常', '消息', '我的'])
  })

  it('has growth records in the place of records where they are shared, and the words of the scheme', () => {
    const router = aRouter('/home', '/records', '/growth', '/report', '/board', '/my-cases', '/me')
    const scheme = {
      board: {},
      cases: { types: [{ title: '举报' }, { title: '申诉' }] },
      drafts: { visibilities: [{ scope: 'class' }] },
      texts: { submit: '上传', select: '选为综评材料' },
    }
    expect(labels(entries(router, STUDENT, 'tabs', scheme))).toEqual(['首页', '成长', '上传', '公示栏', '我的'])
    expect(labels(entries(router, STUDENT, 'tabs', null))).toEqual(['首页', '记录', '上报', '公示栏', '我的'])
    expect(labels(entries(router, STUDENT, 'rail', scheme))).toContain('举报申诉')
  })

  it('leaves out pages that do not exist or that the role may not open', () => {
    const router = aRouter('/home', '/records', ['/report', ['act_as_guardian']], '/me')
    expect(labels(entries(router, STUDENT, 'tabs', null))).toEqual(['首页', '记录', '我的'])
  })

  it('leaves out what the scheme lacks', () => {
    const router = aRouter('/home', '/board', '/my-cases', '/my-archives', '/growth')
    const rail = (scheme: object) => labels(entries(router, STUDENT, 'rail', scheme))
    expect(rail({})).toEqual(['首页'])
    expect(rail({ board: {}, cases: { types: [{}] }, archives: {} })).toEqual(['首页', '公示栏', '质疑申诉', '档案'])
    expect(rail({ drafts: { visibilities: [{ scope: 'own' }] } })).toEqual(['首页'])
    const types = [{ title: '申诉' }, { title: '逾期未修改的问题数据', by_clock: true }]
    expect(rail({ cases: { types } })).toEqual(['首页', '申诉'])
    expect(rail({ drafts: { visibilities: [{ scope: 'own' }, { scope: 'class' }] } })).toEqual(['首页', '成长'])
  })

  it('shows judging and signing only where the scheme has them', () => {
    const router = aRouter('/overview', '/verdicts', '/signatures', '/me')
    const tabs = (scheme: object) => labels(entries(router, PRINCIPAL, 'tabs', scheme))
    expect(tabs({ result: { type: 'none' }, archives: { term: {} } })).toEqual(['概览', '我的'])
    const signed = { result: { type: 'verdict' }, archives: { term: { sign_off: [{}] } } }
    expect(tabs(signed)).toEqual(['概览', '评定', '签字', '我的'])
  })

  it('shows a teacher of a subject entering and importing only where the scheme gives them something to enter', () => {
    const router = aRouter('/entry', '/entered', '/imports', '/board')
    const rail = (scheme: object) =>
      labels(entries(router, acts('subject_teacher', 'enter', 'see_board'), 'rail', scheme))
    const kinds = (role: string) => ({ dimensions: [{ kinds: [{ entry_roles: [role] }] }], board: {} })
    expect(rail({ ...kinds('class_teacher'), imports: [{ roles: ['class_teacher'] }] })).toEqual(['公示栏'])
    expect(rail({ ...kinds('subject_teacher'), imports: [{ roles: ['subject_teacher'] }] })).toEqual([
      '录入',
      '导入',
      '已录',
      '公示栏',
    ])
  })

  it('starts each role at its first page, and somebody without one at the account', () => {
    const router = aRouter('/tasks', '/review', '/me')
    expect(startOf(router, TEACHER)).toBe('/tasks')
    expect(startOf(router, PRINCIPAL)).toBe('/me')
    expect(startOf(router, acts(''))).toBe('/me')
  })

  it('shows a role that a scheme adds what its capabilities are for', () => {
    const router = aRouter(
      ['/tasks', ['review', 'decide_cases']],
      ['/review', ['review']],
      ['/entry', ['enter']],
      ['/entered', ['enter']],
      ['/imports', ['import']],
      '/cases',
      '/board',
      '/messages',
      '/me',
    )
    const scheme = {
      board: { rules: [{ role: 'publicity_panel' }] },
      cases: { types: [{}] },
      dimensions: [{ kinds: [{ entry_roles: ['city_recorder'], review: { steps: [{ role: 'publicity_panel' }] } }] }],
    }
    const panel = acts('publicity_panel', 'see_students', 'review', 'decide_cases', 'see_board')
    expect(labels(entries(router, panel, 'rail', scheme))).toEqual(['待办', '审核', '异常', '公示栏'])
    expect(startOf(router, panel)).toBe('/tasks')
    const recorder = { roles: ['recorder', 'city_recorder'], can: ['see_students', 'enter', 'import'] as const }
    expect(labels(entries(router, recorder, 'rail', scheme))).toEqual(['录入', '已录'])
    expect(labels(entries(router, recorder, 'tabs', scheme))).toEqual(['录入', '已录', '消息', '我的'])
    const auditor = { roles: ['auditor', 'city_auditor'], can: ['see_students', 'decide_cases', 'see_board'] as const }
    expect(labels(entries(router, auditor, 'rail', scheme))).toEqual(['待办', '异常'])
  })

  it('knows the entry of a deeper page, by its path or by what the page says', () => {
    const router = aRouter('/records', '/records/:id', '/me')
    const shown = entries(router, STUDENT, 'tabs', null)
    const at = (path: string, tab?: string) => ({ ...router.resolve(path), meta: { title: '', tab } })
    expect(current(at('/records/1') as never, shown)?.label).toBe('记录')
    expect(current(at('/cards', '/me') as never, shown)?.label).toBe('我的')
    expect(current(at('/elsewhere') as never, shown)).toBeNull()
  })
})

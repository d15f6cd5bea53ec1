import { describe, expect, it } from 'vitest'
import { createMemoryHistory, createRouter } from 'vue-router'
import { current, entries, NAVIGATION, startOf, type Entry } from '@/app/navigation'

const page = { template: '<p />' }

/** A client in which exactly these pages exist. */
function aRouter(...paths: (string | [string, string[]])[]) {
  const routes = paths.map((one) => {
    const [path, roles] = typeof one === 'string' ? [one, undefined] : one
    return { path, component: page, meta: { title: path, roles } }
  })
  const missing = { path: '/:rest(.*)*', component: page, meta: { title: '', missing: true } }
  return createRouter({ history: createMemoryHistory(), routes: [...routes, missing] })
}

const labels = (found: Entry[]) => found.map(({ label }) => label)

describe('the navigation', () => {
  it('has at most five tabs and eight entries on the rail, in words of at most four characters', () => {
    for (const [role, { tabs, rail }] of Object.entries(NAVIGATION)) {
      expect(tabs.length, role).toBeLessThanOrEqual(5)
      expect(rail.length, role).toBeLessThanOrEqual(8)
      for (const { label } of [...tabs, ...rail]) expect([...label].length, label).toBeLessThanOrEqual(4)
    }
  })

  it('leaves out pages that do not exist or that the role may not open', () => {
    const router = aRouter('/home', '/records', ['/report', ['guardian']], '/me')
    expect(labels(entries(router, 'student', 'tabs', null))).toEqual(['首页', '记录', '我的'])
  })

  it('leaves out what the scheme lacks', () => {
    const router = aRouter('/home', '/board', '/my-cases', '/my-archives', '/growth')
    const rail = (scheme: object) => labels(entries(router, 'student', 'rail', scheme))
    expect(rail({})).toEqual(['首页'])
    expect(rail({ board: {}, cases: { types: [{}] }, archives: {} })).toEqual(['首页', '公示栏', '质疑申诉', '档案'])
    expect(rail({ drafts: { visibilities: [{ scope: 'own' }] } })).toEqual(['首页'])
    expect(rail({ drafts: { visibilities: [{ scope: 'own' }, { scope: 'class' }] } })).toEqual(['首页', '成长'])
  })

  it('shows judging and signing only where the scheme has them', () => {
    const router = aRouter('/overview', '/verdicts', '/signatures', '/me')
    const tabs = (scheme: object) => labels(entries(router, 'principal', 'tabs', scheme))
    expect(tabs({ result: { type: 'none' }, archives: { term: {} } })).toEqual(['概览', '我的'])
    const signed = { result: { type: 'verdict' }, archives: { term: { sign_off: [{}] } } }
    expect(tabs(signed)).toEqual(['概览', '评定', '签字', '我的'])
  })

  it('shows a teacher of a subject entering and importing only where the scheme gives them something to enter', () => {
    const router = aRouter('/entry', '/entered', '/imports', '/board')
    const rail = (scheme: object) => labels(entries(router, 'subject_teacher', 'rail', scheme))
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
    expect(startOf(router, 'class_teacher')).toBe('/tasks')
    expect(startOf(router, 'principal')).toBe('/me')
    expect(startOf(router, null)).toBe('/me')
  })

  it('knows the entry of a deeper page, by its path or by what the page says', () => {
    const router = aRouter('/records', '/records/:id', '/me')
    const shown = entries(router, 'student', 'tabs', null)
    const at = (path: string, tab?: string) => ({ ...router.resolve(path), meta: { title: '', tab } })
    expect(current(at('/records/1') as never, shown)?.label).toBe('记录')
    expect(current(at('/cards', '/me') as never, shown)?.label).toBe('我的')
    expect(current(at('/elsewhere') as never, shown)).toBeNull()
  })
})

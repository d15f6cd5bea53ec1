/** Versions of schemes in words and in order. */
import type { components } from '@/api/generated/identity'

export type Version = components['schemas']['VersionView']
export type Use = components['schemas']['UseView']
export type Adoption = components['schemas']['AdoptionView']

/** Year and number as numbers: 2026.2 comes before 2026.10. */
const parts = (version: string) => version.split('.').map(Number)

export function isNewer(one: string, other: string): boolean {
  const [a, b] = [parts(one), parts(other)]
  return (a[0] ?? 0) !== (b[0] ?? 0) ? (a[0] ?? 0) > (b[0] ?? 0) : (a[1] ?? 0) > (b[1] ?? 0)
}

/** The oldest version of a scheme that is in use: what a newer one is compared with. */
export function oldestInUse(uses: readonly Use[], scheme: string): string | null {
  const found = uses.filter(({ scheme_id }) => scheme_id === scheme).map(({ scheme_version }) => scheme_version)
  return found.reduce<string | null>((oldest, one) => (oldest === null || isNewer(oldest, one) ? one : oldest), null)
}

export const STATES: Record<Adoption['state'], string> = {
  planned: '等待生效',
  withdrawn: '已撤回',
  in_force: '已生效',
}

type Level = components['schemas']['MovedRoleView']['level']
export const LEVELS: Record<Level, string> = {
  province: '省',
  city: '市',
  district: '区县',
  school: '学校',
  grade: '年级',
  class: '班级',
}

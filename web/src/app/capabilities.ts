/**
 * What a card may do: the closed list of the platform. Which role has which of them, the scheme of its organisation says, so
 * pages and navigation ask for capabilities and know no role.
 */
import type { components } from '@/api/generated/identity'

export type Capability = components['schemas']['Capability']

/** The card that acts: the names of its role in schemes, without and with the level, and what it may do. */
export interface Acting {
  roles: readonly string[]
  can: readonly Capability[]
}

export function can(acting: Acting, ...any: Capability[]): boolean {
  return any.some((one) => acting.can.includes(one))
}

/** The states that a scheme's records can be in, as far as a card looks at them. */
import type { components } from '@/api/generated/records'

export type RecordState = components['schemas']['State']

/** What is asked of a scheme. */
export type StateParts = Pick<components['schemas']['Scheme'], 'dimensions' | 'drafts' | 'cases'>

/** Exceptions: a list names them only where there are any. */
const RARE: readonly RecordState[] = ['excluded', 'voided']
const ORDER: readonly RecordState[] = ['draft', 'submitted', 'returned', 'approved', 'amending', 'escalated', ...RARE]

/**
 * The states that a list of records names, in order: those the scheme has for these roles, and whichever `counted` says there are
 * records in. Until the scheme is known, only the latter and what every record ends as.
 */
export function namedStates(
  scheme: StateParts | undefined,
  roles: readonly string[],
  counted: (state: RecordState) => boolean,
): RecordState[] {
  const has = scheme ? possible(scheme, roles) : new Set<RecordState>(['approved'])
  return ORDER.filter((state) => has.has(state) || counted(state))
}

function possible({ dimensions, drafts, cases }: StateParts, roles: readonly string[]): Set<RecordState> {
  const kinds = [...dimensions.flatMap((dimension) => dimension.kinds), ...(drafts?.kind ? [drafts.kind] : [])]
  const steps = kinds.flatMap(({ review }) => review?.steps ?? [])
  const actions = (cases?.stages ?? []).flatMap((stage) => stage.actions)
  const found = new Set<RecordState>(['approved'])
  if (kinds.some(({ entry_roles }) => entry_roles?.some((role) => roles.includes(role)))) found.add('draft')
  if (steps.length) found.add('submitted').add('returned')
  if (actions.some(({ needs }) => needs?.includes('amendment'))) found.add('amending')
  if (steps.some(({ unmended }) => unmended?.then === 'escalate')) found.add('escalated')
  return found
}

import { describe, expect, it } from 'vitest'
import { namedStates, type StateParts } from '@/data/record-states'

/** A scheme of one kind; only what the question is about. */
function aScheme(kind: object, cases: object | null = null): StateParts {
  return { dimensions: [{ kinds: [kind] }], drafts: null, cases } as unknown as StateParts
}
const none = () => false
const FAMILY = ['student', 'school_student']

describe('the states that a list of records names', () => {
  it('leaves out reviews, corrections and escalations where the scheme has none', () => {
    const scheme = aScheme({ entry_roles: ['student'], review: { steps: [] } })
    expect(namedStates(scheme, FAMILY, none)).toEqual(['draft', 'approved'])
  })

  it('has drafts only for whoever enters', () => {
    const scheme = aScheme({ entry_roles: ['recorder'], review: { steps: [{ role: 'student' }] } })
    expect(namedStates(scheme, FAMILY, none)).toEqual(['submitted', 'returned', 'approved'])
  })

  it('has corrections where a case asks for them, and escalations where nobody corrects in time', () => {
    const amends = { stages: [{ actions: [{ id: 'a', needs: ['amendment'] }] }] }
    const scheme = aScheme({ review: { steps: [{ role: 'student', unmended: { then: 'escalate' } }] } }, amends)
    expect(namedStates(scheme, FAMILY, none)).toEqual(['submitted', 'returned', 'approved', 'amending', 'escalated'])
    const decides = { stages: [{ actions: [{ id: 'a', outcome: 'exclude', needs: ['text'] }] }] }
    expect(namedStates(aScheme({ review: { steps: [] } }, decides), FAMILY, none)).toEqual(['approved'])
  })

  it('has whatever there are records in, also before the scheme is known', () => {
    const scheme = aScheme({ entry_roles: ['student'], review: { steps: [] } })
    expect(namedStates(scheme, FAMILY, (state) => state === 'voided')).toEqual(['draft', 'approved', 'voided'])
    expect(namedStates(undefined, FAMILY, (state) => state === 'returned')).toEqual(['returned', 'approved'])
  })
})

import { expect, test, vi } from 'vitest'

vi.mock('@/app/session', () => ({ session: { status: 'anonymous', known: null }, card: { value: null } }))

const { toBatches } = await import('@/features/review/decisions')

function held(
  record_id: string,
  action: 'approve' | 'return',
  note: string | null = null,
  batch: string | null = null,
) {
  const decision = {
    record_id,
    version: 1,
    action,
    reason_code: null,
    note,
    student_name: '',
    title: '',
    decided_at: 0,
  }
  return { decision, status: 'waiting' as const, batch, refused: null }
}
const ids = (batches: ReturnType<typeof toBatches>) =>
  [...batches.values()].map((entries) => entries.map(({ decision }) => decision.record_id))

test('verdicts that are alike leave in one request', () => {
  const due = [held('a', 'approve'), held('b', 'return', '模糊'), held('c', 'approve'), held('d', 'return', '重复')]
  expect(ids(toBatches(due))).toEqual([['a', 'c'], ['b'], ['d']])
})

test('what was tried together is tried together again, under the same key', () => {
  const due = [held('a', 'approve', null, 'first'), held('b', 'approve'), held('c', 'approve', null, 'first')]
  const batches = toBatches(due)
  expect(batches.get('first')?.map(({ decision }) => decision.record_id)).toEqual(['a', 'c'])
  expect(ids(batches)).toEqual([['a', 'c'], ['b']])
})

test('a request takes two hundred records at most', () => {
  const due = Array.from({ length: 401 }, (_, at) => held(String(at), 'approve'))
  expect([...toBatches(due).values()].map(({ length }) => length)).toEqual([200, 200, 1])
})

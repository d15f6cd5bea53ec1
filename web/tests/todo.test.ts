import { afterEach, describe, expect, it } from 'vitest'
import { limitPages, pageOf, type Todo } from '@/data/todo'

const aTodo = (id: string): Todo => ({ id, title: '待办', count: 1, until: null, detail: null })

describe('what waits for somebody', () => {
  afterEach(() => limitPages(() => true))

  it('leads to the first page that exists for the card', () => {
    limitPages((path) => path === '/review' || path === '/cases')
    expect(pageOf(aTodo('records_to_confirm'))).toBe('/review')
    expect(pageOf(aTodo('cases_waiting'))).toBe('/cases')
  })

  it('is shown without a link where there is no page', () => {
    limitPages(() => false)
    expect(pageOf(aTodo('records_returned'))).toBeUndefined()
    expect(pageOf(aTodo('of_a_later_release'))).toBeUndefined()
  })
})

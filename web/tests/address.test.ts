import { mount } from '@vue/test-utils'
import { describe, expect, it } from 'vitest'
import { defineComponent, h, ref } from 'vue'
import { createMemoryHistory, createRouter } from 'vue-router'
import { after } from '@/data/after'
import { useQueryParam } from '@/ui/address'

describe('the query string of the address', () => {
  it('keeps both of two changes made in one moment, and the last one of the same member', async () => {
    const router = createRouter({
      history: createMemoryHistory(),
      routes: [{ path: '/', component: { render: () => h('p') } }],
    })
    await router.push('/?keep=1&gone=1')
    let params: Record<string, { value: string }> = {}
    const Page = defineComponent(() => {
      params = { state: useQueryParam('state'), kind: useQueryParam('kind'), gone: useQueryParam('gone') }
      return () => h('p')
    })
    mount(Page, { global: { plugins: [router] } })
    const { state, kind, gone } = params
    if (!state || !kind || !gone) throw new Error('not mounted')
    state.value = 'draft'
    kind.value = 'a'
    gone.value = ''
    kind.value = 'b'
    await router.isReady()
    await new Promise((done) => setTimeout(done))
    expect(router.currentRoute.value.query).toEqual({ keep: '1', state: 'draft', kind: 'b' })
    state.value = ''
    await new Promise((done) => setTimeout(done))
    expect(router.currentRoute.value.query).toEqual({ keep: '1', kind: 'b' })
  })
})

describe('a query that waits for another one', () => {
  it('shows the failure of the first one and asks it again, and its own once the first one has answered', () => {
    const asked: string[] = []
    const query = (name: string) => ({
      data: ref<string | undefined>(),
      error: ref<unknown>(null),
      isFetching: ref(false),
      dataUpdatedAt: ref(0),
      refetch: () => asked.push(name),
    })
    const [first, second] = [query('first'), query('second')]
    const shown = after(first, second)
    first.error.value = new Error('away')
    expect(shown.error.value).toBe(first.error.value)
    shown.refetch()
    first.data.value = 'here'
    expect(shown.error.value).toBe(null)
    shown.refetch()
    expect(asked).toEqual(['first', 'second'])
  })
})

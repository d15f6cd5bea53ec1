import { mount, type VueWrapper } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { defineComponent, h, nextTick, ref } from 'vue'
import { ApiProblem } from '@/api/problem'
import Btn from '@/ui/Btn.vue'
import Choice from '@/ui/Choice.vue'
import Field from '@/ui/Field.vue'
import Menu from '@/ui/Menu.vue'
import Refusal from '@/ui/Refusal.vue'
import Screen from '@/ui/Screen.vue'
import SearchBox from '@/ui/SearchBox.vue'
import { shortcutFor } from '@/ui/shortcuts'
import StateChip from '@/ui/StateChip.vue'
import Table from '@/ui/Table.vue'
import Tabs from '@/ui/Tabs.vue'
import TextInput from '@/ui/TextInput.vue'
import Toast from '@/ui/Toast.vue'
import { closeToast, toast } from '@/ui/toast'
import Tree from '@/ui/Tree.vue'

let shown: VueWrapper | undefined
/** Mounts into the page, so that focus works. */
const show = ((component: never, options: object) => {
  shown = mount(component, { attachTo: document.body, ...options })
  return shown
}) as unknown as typeof mount

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  shown?.unmount()
  vi.useRealTimers()
})

describe('a button', () => {
  it('takes both clicks of a double click, and none of one that began on the button before it', async () => {
    const button = show(Btn, { slots: { default: '新增' } })
    await button.trigger('click', { detail: 1 })
    await button.trigger('click', { detail: 2 })
    expect(button.emitted('press')).toHaveLength(2)
    button.unmount()
    const next = show(Btn, { slots: { default: '记下了' } })
    await next.trigger('click', { detail: 2 })
    expect(next.emitted('press')).toBeUndefined()
    await next.trigger('click', { detail: 1 })
    expect(next.emitted('press')).toHaveLength(1)
  })

  it('that is off keeps its place in the order of focus, and says why instead of acting', async () => {
    const button = show(Btn, { props: { off: '公示还没有开始' }, slots: { default: '质疑' } })
    expect(button.attributes('disabled')).toBeUndefined()
    expect(button.attributes('aria-disabled')).toBe('true')
    await button.trigger('click')
    expect(button.emitted('press')).toBeUndefined()
    expect(button.emitted('refused')).toEqual([['公示还没有开始']])
    expect(document.getElementById(button.attributes('aria-describedby') ?? '')?.textContent).toBe('公示还没有开始')
  })
  it('that is busy acts once, and does not send a form again', async () => {
    const button = show(Btn, {
      props: { type: 'submit', busy: true, busyWord: '正在上报…' },
      slots: { default: '上报' },
    })
    await button.trigger('click')
    expect(button.emitted('press')).toBeUndefined()
    expect(button.attributes('type')).toBe('button')
    expect(button.attributes('aria-busy')).toBe('true')
  })
})

describe('a field', () => {
  it('names and describes its input, and tells what is wrong', () => {
    const field = show(Field, {
      props: { label: '服务项目', hint: '写全称', error: '请填写', required: true },
      slots: { default: () => h(TextInput, { modelValue: '' }) },
    })
    const input = field.get('input')
    expect(field.get('label').attributes('for')).toBe(input.attributes('id'))
    expect(input.attributes('aria-invalid')).toBe('true')
    expect(input.attributes('aria-required')).toBe('true')
    const said = (input.attributes('aria-describedby') ?? '')
      .split(' ')
      .map((id) => document.getElementById(id)?.textContent)
    expect(said.join('')).toContain('请填写')
    expect(said.join('')).toContain('写全称')
  })
  it('counts code points, without cutting what is too long', () => {
    const field = show(Field, {
      props: { label: '名称', counted: '𠮷𠮷𠮷', most: 2 },
      slots: { default: () => h(TextInput, { modelValue: '𠮷𠮷𠮷' }) },
    })
    expect(field.text()).toContain('多了 1 字')
    expect(field.get('input').attributes('maxlength')).toBeUndefined()
  })
})

describe('input methods', () => {
  it('Enter that chooses a candidate does not send', async () => {
    const input = show(TextInput, { props: { modelValue: '' } })
    await input.trigger('keydown', { key: 'Enter', isComposing: true })
    await input.trigger('keydown', { key: 'Enter', keyCode: 229 })
    expect(input.emitted('enter')).toBeUndefined()
    await input.trigger('keydown', { key: 'Enter' })
    expect(input.emitted('enter')).toHaveLength(1)
  })
  it('a search waits for the end of the composition and then 300 ms', async () => {
    const search = show(SearchBox, { props: { modelValue: '', label: '查找' } })
    const input = search.get('input')
    await input.trigger('compositionstart')
    await input.setValue('chen')
    vi.advanceTimersByTime(1000)
    expect(search.emitted('update:modelValue')).toBeUndefined()
    input.element.value = '陈'
    await input.trigger('compositionend')
    vi.advanceTimersByTime(299)
    expect(search.emitted('update:modelValue')).toBeUndefined()
    vi.advanceTimersByTime(1)
    expect(search.emitted('update:modelValue')).toEqual([['陈']])
  })
})

describe('shortcuts', () => {
  const approve = vi.fn()
  const press = (init: KeyboardEventInit & { keyCode?: number }, target: Element = document.body) => {
    const event = new KeyboardEvent('keydown', { bubbles: true, ...init })
    Object.defineProperty(event, 'target', { value: target })
    if (init.keyCode) Object.defineProperty(event, 'keyCode', { value: init.keyCode })
    return shortcutFor(event, { a: approve, 'Ctrl+Enter': approve, ' ': approve })
  }
  it('work outside of fields in both cases, but not inside, nor while composing', () => {
    const input = document.createElement('input')
    expect(press({ key: 'A' })).toBe(approve)
    expect(press({ key: 'a' }, input)).toBeNull()
    expect(press({ key: 'a', isComposing: true })).toBeNull()
    expect(press({ key: 'a', keyCode: 229 })).toBeNull()
    expect(press({ key: 'a', ctrlKey: true })).toBeNull()
  })
  it('Ctrl Enter works in fields too, and a space belongs to the button that has the focus', () => {
    expect(press({ key: 'Enter', ctrlKey: true }, document.createElement('textarea'))).toBe(approve)
    expect(press({ key: ' ' }, document.createElement('button'))).toBeNull()
  })
})

describe('choices', () => {
  const options = [
    { id: 'a', title: '校级' },
    { id: 'b', title: '县级' },
  ]
  it('are radio buttons of one group, or checkboxes', async () => {
    const one = show(Choice, { props: { modelValue: 'a', options } })
    const [first, second] = one.findAll('input')
    expect([first?.attributes('type'), first?.attributes('name')]).toEqual(['radio', second?.attributes('name')])
    await second?.trigger('change')
    expect(one.emitted('update:modelValue')).toEqual([['b']])
    const several = mount(Choice, { props: { modelValue: ['a'], options, multiple: true } })
    await several.findAll('input')[1]?.trigger('change')
    expect(several.emitted('update:modelValue')).toEqual([[['a', 'b']]])
  })
  it('are chosen by the digits where a desk asks for it', async () => {
    const one = show(Choice, { props: { modelValue: '', options, keys: true } })
    document.body.dispatchEvent(new KeyboardEvent('keydown', { key: '2', bubbles: true }))
    expect(one.emitted('update:modelValue')).toEqual([['b']])
  })
})

describe('a menu', () => {
  it('opens with the arrow, moves, closes with Esc and gives the focus back', async () => {
    const menu = show(Menu, {
      props: {
        label: '更多',
        items: [
          { id: 'a', title: '看改动' },
          { id: 'b', title: '作废…' },
        ],
      },
    })
    const button = menu.get('button')
    await button.trigger('keydown', { key: 'ArrowDown' })
    await nextTick()
    expect(document.activeElement?.textContent).toContain('看改动')
    await menu.get('[role=menu]').trigger('keydown', { key: 'ArrowUp' })
    expect(document.activeElement?.textContent).toContain('作废')
    await menu.get('[role=menu]').trigger('keydown', { key: 'Escape' })
    expect(menu.find('[role=menu]').exists()).toBe(false)
    expect(document.activeElement).toBe(button.element)
  })
})

describe('tabs and trees', () => {
  it('tabs follow the arrows and have one stop for Tab', async () => {
    const tabs = show(Tabs, {
      props: {
        label: '资料',
        modelValue: 'x',
        tabs: [
          { id: 'x', title: '记录' },
          { id: 'y', title: '附件' },
        ],
      },
    })
    const [first, second] = tabs.findAll('[role=tab]')
    expect([first?.attributes('tabindex'), second?.attributes('tabindex')]).toEqual(['0', '-1'])
    await first?.trigger('keydown', { key: 'ArrowLeft' })
    expect(tabs.emitted('update:modelValue')).toEqual([['y']])
  })
  it('a tree opens with the right arrow, goes to the parent with the left one and asks for what is below', async () => {
    const tree = show(Tree, {
      props: { label: '目录', nodes: [{ id: 's', title: '学校', children: [{ id: 'c', title: '班', more: true }] }] },
    })
    const root = tree.get('[data-id=s]')
    expect(root.attributes('aria-expanded')).toBe('false')
    await root.trigger('keydown', { key: 'ArrowRight' })
    expect(tree.emitted('update:open')).toEqual([[['s']]])
    await tree.setProps({ open: ['s'] })
    const below = tree.get('[data-id=c]')
    expect(below.attributes('aria-level')).toBe('2')
    await below.trigger('keydown', { key: 'ArrowRight' })
    expect(tree.emitted('expand')).toEqual([['c']])
    await below.trigger('keydown', { key: 'ArrowLeft' }) // closes it
    await below.trigger('keydown', { key: 'ArrowLeft' })
    await nextTick()
    expect((document.activeElement as HTMLElement).dataset.id).toBe('s')
  })
})

describe('a table', () => {
  const columns = [
    { id: 'name', title: '学校', head: true, sortable: true },
    { id: 'count', title: '学生', number: true },
  ]
  const rows = Array.from({ length: 2000 }, (_, at) => ({ id: String(at), name: `学校 ${at}`, count: at }))
  const rowId = (row: unknown) => (row as { id: string }).id
  it('tells its sorting and changes its direction', async () => {
    const table = show(Table, { props: { caption: '学校', columns, rows: rows.slice(0, 3), rowId, sort: 'name' } })
    expect(table.findAll('thead th').map((head) => head.attributes('aria-sort'))).toEqual(['ascending', undefined])
    await table.get('thead button').trigger('click')
    expect(table.emitted('update:sort')).toEqual([['-name']])
  })
  it('of 2,000 rows keeps only some in the page, and tells how many there are', () => {
    const table = show(Table, { props: { caption: '学校', columns, rows, rowId } })
    expect(table.get('table').attributes('aria-rowcount')).toBe('2001')
    expect(table.findAll('[data-row]').length).toBeLessThan(80)
    expect(table.get('[data-row]').attributes('aria-rowindex')).toBe('2')
  })
  it('names each checkbox after its row', async () => {
    const table = show(Table, {
      props: { caption: '学校', columns, rows: rows.slice(0, 2), rowId, selectable: true, selected: ['0'] },
    })
    const boxes = table.findAll('tbody input')
    await boxes[1]?.trigger('change')
    expect(table.emitted('update:selected')).toEqual([[['0', '1']]])
  })
})

describe('a screen', () => {
  const query = (data: string[] | undefined, error: unknown = null) => ({
    data: ref(data),
    error: ref(error),
    isFetching: ref(false),
    dataUpdatedAt: ref(Date.parse('2026-12-03T01:12:00Z')),
    refetch: vi.fn(),
  })
  const screen = (found: ReturnType<typeof query>) =>
    show(
      defineComponent(
        () => () =>
          h(Screen, { query: found, name: '公示栏' } as never, {
            default: ({ data }: { data: string[] }) => data.join('、'),
          }),
      ),
      {},
    )
  it('shows a skeleton, the content, or that there is none', () => {
    expect(screen(query(undefined)).text()).toContain('正在打开公示栏')
    expect(screen(query(['何景行'])).text()).toBe('何景行')
    expect(screen(query([])).text()).toContain('还没有公示栏')
  })
  it('keeps the content of before while offline, and says of when it is', () => {
    const text = screen(query(['何景行'], ApiProblem.offline())).text()
    expect(text).toContain('没有网络，显示 09:12 存下的内容')
    expect(text).toContain('何景行')
  })
  it('tries a failure again after 20 seconds, and a refusal never', () => {
    const failed = query(undefined, new ApiProblem({ title: '', status: 503, code: 'busy' }))
    expect(screen(failed).text()).toContain('公示栏没有打开')
    vi.advanceTimersByTime(20_000)
    expect(failed.refetch).toHaveBeenCalledOnce()
    const refused = query(undefined, new ApiProblem({ title: '只有该班班主任能看', status: 403, code: 'forbidden' }))
    expect(screen(refused).text()).toContain('只有该班班主任能看')
    vi.advanceTimersByTime(60_000)
    expect(refused.refetch).not.toHaveBeenCalled()
  })
})

it('a refusal says what, why, until when and who can help, in this order', () => {
  const problem = new ApiProblem({
    title: '不在规定的时间段内',
    status: 409,
    code: 'window_closed',
    detail: '公示已经结束',
    help: '校管理员 孟宪平',
    window: { closes_at: `${new Date().getFullYear()}-01-01T08:00:00Z` },
  })
  const text = show(Refusal, { props: { problem, what: '没有提交质疑' } }).text()
  const order = ['没有提交质疑', '公示已经结束', '16:00 截止', '校管理员 孟宪平'].map((part) => text.indexOf(part))
  expect(order.every((at) => at >= 0)).toBe(true)
  expect(order).toEqual([...order].sort((a, b) => a - b))
})

describe('a message', () => {
  it('stays 5 seconds, 20 in large type, and as long as it has the focus', async () => {
    const messages = show(Toast, {})
    toast('已确认')
    await nextTick()
    vi.advanceTimersByTime(4999)
    await nextTick()
    expect(messages.text()).toContain('已确认')
    vi.advanceTimersByTime(1)
    await nextTick()
    expect(messages.text()).toBe('')

    document.documentElement.dataset.mode = 'large contrast'
    toast('已确认', () => undefined)
    vi.advanceTimersByTime(19_000)
    await nextTick()
    await messages.get('.toast').trigger('focusin')
    vi.advanceTimersByTime(60_000)
    await nextTick()
    expect(messages.text()).toContain('撤回')
    delete document.documentElement.dataset.mode
    closeToast()
  })
  it('takes back what was done, once', async () => {
    const undo = vi.fn()
    const messages = show(Toast, {})
    toast('已确认', undo)
    await nextTick()
    await messages.get('button').trigger('click')
    expect(undo).toHaveBeenCalledOnce()
    expect(messages.text()).toBe('')
  })
})

it('a state is told by a word, and an unknown one is still shown', () => {
  expect(show(StateChip, { props: { state: 'returned', word: '已驳回' } }).text()).toBe('已驳回')
  expect(mount(StateChip, { props: { state: 'something_new', word: '新状态' } }).text()).toBe('新状态')
})

/** A scheme made up here, with every type of field and its own words, is drawn and filled in without any change to the client. */
import { VueQueryPlugin } from '@tanstack/vue-query'
import { flushPromises, mount } from '@vue/test-utils'
import { describe, expect, it, vi } from 'vitest'
import { defineComponent, h, nextTick, ref } from 'vue'
import FormView from '@/scheme/FormView.vue'
import type { Field, Form, Values } from '@/scheme/model'
import type { EvidenceItem } from '@/upload/items'
import RecordView from '@/scheme/RecordView.vue'
import { FIELD_TYPES } from '@/scheme/types'

vi.mock('@/data/catalogs', () => ({ allItems: async () => [] }))
vi.mock('@/app/session', () => ({ session: { known: { account: { id: 'a' } }, status: 'signed-in' }, card: ref(null) }))

const field = (id: string, title: string, type: string, more: Partial<Field> = {}): Field => ({
  id,
  title,
  type,
  ...more,
})

const FORM: Form = {
  fields: [
    field('f1', '作品名', 'text', { required: true, max_length: 8, example: '纸船' }),
    field('f2', '创作经过', 'long_text', { max_length: 40, min_length: 3, help: '写三个字以上' }),
    field('f3', '开工日', 'date', { not_future: true }),
    field('f4', '完工日', 'date'),
    field('f5', '展出时刻', 'datetime'),
    field('f6', '件数', 'integer', { minimum: '1', maximum: '9', unit: '件' }),
    field('f7', '得分', 'decimal', { decimals: 1, unit: '分', outcomes: [{ id: 'none', title: '未评' }] }),
    field('f8', '用时', 'duration', { unit: '分秒', minimum: '0', maximum: '900' }),
    field('f9', '投入', 'duration_hours', { unit: '小时' }),
    field('f10', '材料', 'choice', {
      choices: [
        { id: 'p', title: '纸' },
        { id: 'c', title: '布' },
      ],
    }),
    field('f11', '是否合作', 'boolean'),
    field('f12', '所属项目', 'catalog', { catalog: 'x', max_length: 10 }),
    field('f13', '合作者', 'text', { max_length: 10, required_if: { field: 'f10', one_of: ['c'] } }),
    field('f14', '将来的类型', 'colour'),
    field('f15', '教师寄语', 'text', { max_length: 10, written_by: ['teacher'] }),
    field('f16', '作品照片', 'image'),
  ],
  in_order: [{ first: 'f3', then: 'f4', says: '完工不能早于开工' }],
}
const TYPED: Values = {
  f1: '纸船', f2: '折了又拆', f3: '2026-03-01', f4: '2026-03-02', f5: '2026-03-03T09:30', f6: '３', f7: { outcome: 'none' },
  f8: "3'45", f9: '90分钟', f10: 'p', f11: true, f12: '手工', f14: '红',
} // prettier-ignore
const CLEAN: Values = {
  ...TYPED,
  f5: '2026-03-03T09:30:00+08:00',
  f6: 3,
  f8: 'PT3M45S',
  f9: '1.5',
}

const PHOTO = (id: string): EvidenceItem => ({ file: { evidence_id: id, media_type: 'image/jpeg', size: 1000 } })

function show(given: Values, refused: Record<string, string> = {}, files: EvidenceItem[] = []) {
  const values = ref(given)
  const evidence = ref(files)
  const Host = defineComponent({
    setup(_, { expose }) {
      const form = ref<{ submit: () => Promise<Values | null> } | null>(null)
      expose({ submit: () => form.value?.submit() })
      return () =>
        h(
          FormView,
          {
            ref: form,
            form: FORM,
            zone: 'Asia/Shanghai',
            role: 'pupil',
            refused,
            evidence: evidence.value,
            values: values.value,
            'onUpdate:values': (next: Values) => (values.value = next),
          } as never,
          { actions: () => h('button', '交') },
        )
    },
  })
  const view = mount(Host, { attachTo: document.body, global: { plugins: [VueQueryPlugin] } })
  return {
    view,
    values,
    evidence,
    submit: () => (view.vm as unknown as { submit: () => Promise<Values | null> }).submit(),
  }
}

describe('a made-up form', () => {
  it('uses every type of field that the client knows, and one that it does not', () => {
    expect(new Set([...FIELD_TYPES, 'colour'])).toEqual(new Set(FORM.fields.map(({ type }) => type)))
  })

  it('is drawn with its own words, without what others write', async () => {
    const { view } = show({})
    await flushPromises()
    for (const { title } of FORM.fields.slice(0, 14)) expect(view.text()).toContain(title)
    expect(view.text()).not.toContain('教师寄语')
    expect(view.text()).toContain('写三个字以上')
    expect(view.text()).toContain('这一项请用文字填写')
    view.unmount()
  })

  it('gives the clean values of what was written', async () => {
    const { view, submit } = show(TYPED)
    expect(await submit()).toEqual(CLEAN)
    view.unmount()
  })

  it('says what is wrong on leaving a field, not before', async () => {
    const { view } = show({ f3: '2026-03-05', f4: '2026-03-02' })
    expect(view.text()).not.toContain('完工不能早于开工')
    const input = view.find('input[type=date][value], input[type=date]')
    const last = view.findAll('input[type=date]')[1]
    expect(input.exists()).toBe(true)
    await last?.trigger('focusout')
    expect(view.text()).toContain('完工不能早于开工')
    view.unmount()
  })

  it('moves the focus to the first error when it is sent, and says how many there are', async () => {
    const { view, submit } = show({ ...TYPED, f1: null, f6: '10' })
    expect(await submit()).toBeNull()
    await nextTick()
    expect(view.text()).toContain('作品名不能为空')
    expect(view.text()).toContain('件数不能大于9件')
    expect(view.text()).toContain('2 处要改')
    expect(document.activeElement).toBe(view.find('input').element)
    view.unmount()
  })

  it('keeps the picture that was chosen when files are sorted, and asks again when it is removed', async () => {
    const { view, evidence, submit } = show({ ...TYPED, f16: 2 }, {}, [PHOTO('a'), PHOTO('b')])
    expect(await submit()).toEqual({ ...CLEAN, f16: 2 })
    evidence.value = [PHOTO('b'), PHOTO('a')]
    await nextTick()
    expect(await submit()).toEqual({ ...CLEAN, f16: 1 })
    evidence.value = [PHOTO('a')]
    await nextTick()
    expect(await submit()).toEqual(CLEAN)
    view.unmount()
  })

  it('asks for a field where the value of another demands it', async () => {
    const { view, submit } = show({ ...TYPED, f10: 'c' })
    expect(await submit()).toBeNull()
    expect(view.text()).toContain('合作者不能为空（材料为布时必填）')
    view.unmount()
  })

  it('shows what the service refused until the field changes', async () => {
    const { view, values } = show(TYPED, { f12: '目录里没有这个项目' })
    await nextTick()
    expect(view.text()).toContain('目录里没有这个项目')
    const project = () =>
      view.findAll('input:not([type=radio])').find((it) => (it.element as HTMLInputElement).value === '手工')
    await vi.waitFor(() => expect(project()).toBeDefined()) // its input is loaded where a form has one
    await project()?.setValue('木工')
    expect(values.value.f12).toBe('木工')
    expect(view.text()).not.toContain('目录里没有这个项目')
    view.unmount()
  })
})

describe('a made-up record', () => {
  it('is shown with titles, units and words, and without what the reader may not see', () => {
    const form = { fields: [...FORM.fields, field('f17', '评语', 'text', { read_by: ['teacher'] })] }
    const view = mount(RecordView, { props: { form, values: { ...CLEAN, f17: '保密' }, role: 'pupil' } })
    for (const words of ['3件', '未评', '3分45秒', '1.5小时', '纸', '是', '2026-03-03 09:30', '折了又拆'])
      expect(view.text()).toContain(words)
    expect(view.text()).not.toContain('保密')
  })
})

import 'fake-indexeddb/auto'
import { flushPromises } from '@vue/test-utils'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { effectScope, nextTick, reactive, ref, type EffectScope } from 'vue'

const state = reactive({ status: 'signed-in', known: { account: { id: 'a1' } } as { account: { id: string } } | null })
const card = ref<{ id: string } | null>({ id: 'c1' })
vi.mock('@/app/session', () => ({ session: state, card }))

const { clearDrafts, draftsOf, draftsOfCard, useDraft } = await import('@/drafts')
const { put, all, get } = await import('@/drafts/db')

interface Written {
  text: string
}
const scopes: EffectScope[] = []

async function aForm(form: string, empty = '') {
  const scope = effectScope()
  scopes.push(scope)
  const draft = scope.run(() =>
    useDraft<Written>(
      form,
      () => ({ text: empty }),
      () => '志愿服务',
    ),
  )
  if (!draft) throw new Error('no scope')
  await vi.waitFor(() => expect(draft.ready.value).toBe(true))
  return { draft, close: () => scope.stop() }
}

async function write(form: Awaited<ReturnType<typeof aForm>>, text: string) {
  form.draft.content.value.text = text
  await nextTick()
  await form.draft.flush()
}

beforeEach(async () => {
  for (const scope of scopes.splice(0)) scope.stop()
  await flushPromises()
  state.known = { account: { id: 'a1' } }
  card.value = { id: 'c1' }
  for (const account of ['a1', 'a2']) await clearDrafts(account)
})

describe('a draft', () => {
  it('is there again after the form was left', async () => {
    const first = await aForm('report|x')
    expect(first.draft.restored.value).toBe(false)
    await write(first, '写了一半')
    first.close()
    const second = await aForm('report|x')
    expect([second.draft.content.value.text, second.draft.restored.value]).toEqual(['写了一半', true])
  })

  it('is stored by itself a moment after writing', async () => {
    const form = await aForm('report|x')
    form.draft.content.value.text = '自动保存'
    await vi.waitFor(async () => expect(await draftsOf('a1')).toHaveLength(1), { timeout: 2000 })
    expect(form.draft.savedAt.value).not.toBeNull()
  })

  it.each(['pagehide', 'beforeunload'])('is stored at %s', async (event) => {
    const form = await aForm('report|x')
    form.draft.content.value.text = '没电了'
    window.dispatchEvent(new Event(event))
    expect(form.draft.savedAt.value).not.toBeNull() // at once: an answer of the database might come too late
    await vi.waitFor(async () => expect((await draftsOf('a1'))[0]?.title).toBe('志愿服务'), { timeout: 300 })
  })

  it('of a form that nobody wrote in does not exist', async () => {
    const form = await aForm('report|x', '服务给的内容')
    await form.draft.flush()
    expect(await draftsOf('a1')).toEqual([])
  })

  it('belongs to one account and one card', async () => {
    const form = await aForm('report|x')
    await write(form, '第一个孩子的')
    card.value = { id: 'c2' }
    await vi.waitFor(() => expect(form.draft.key.value).toBe('a1/c2/report|x'))
    await vi.waitFor(() => expect(form.draft.content.value.text).toBe(''))
    expect(await draftsOfCard('a1', 'c2')).toEqual([])
    card.value = { id: 'c1' }
    await vi.waitFor(() => expect(form.draft.content.value.text).toBe('第一个孩子的'))
  })

  it('stays when the session ends', async () => {
    const form = await aForm('report|x')
    state.status = 'ended'
    await write(form, '会话结束后写的')
    state.status = 'signed-in'
    expect((await draftsOf('a1')).map(({ form: name }) => name)).toEqual(['report|x'])
  })

  it('is followed in a second tab, and not overwritten where both wrote', async () => {
    const first = await aForm('report|x')
    await write(first, '第一页')
    const second = await aForm('report|x')
    await write(second, '第二页')
    // Both forms live in one tab here and do not hear of each other: only the stored revision tells.
    first.draft.content.value.text = '第一页又写'
    await nextTick()
    await first.draft.flush()
    expect(first.draft.elsewhere.value).toBe('changed')
    expect(first.draft.other.value?.text).toBe('第二页')
    expect(((await get('drafts', 'a1/c1/report|x'))?.content as Written).text).toBe('第二页')
    await first.draft.choose('mine')
    expect(((await get('drafts', 'a1/c1/report|x'))?.content as Written).text).toBe('第一页又写')
  })

  it('is cleared with its files, also what is not stored yet', async () => {
    const form = await aForm('report|x')
    await write(form, '要清掉的')
    await put('blobs', new Blob(['照片']), 'u1')
    const upload = { id: 'u1', account: 'a1', owner: 'a1/c1/report|x', target: 'evidence', name: '图片.jpg' }
    const more = {
      media_type: 'image/jpeg',
      original_size: 2,
      size: 2,
      ready: true,
      file_id: null,
      offers: 0,
      added_at: 0,
    }
    await put('uploads', { ...upload, ...more })
    form.draft.content.value.text = '还没存的'
    await clearDrafts('a1')
    await form.draft.flush()
    expect(await draftsOf('a1')).toEqual([])
    expect(await all('uploads', 'account', 'a1')).toEqual([])
    expect(await get('blobs', 'u1')).toBeUndefined()
  })

  it('of another account is not cleared', async () => {
    state.known = { account: { id: 'a2' } }
    await write(await aForm('report|x'), '别人的')
    await clearDrafts('a1')
    expect(await draftsOf('a2')).toHaveLength(1)
  })
})

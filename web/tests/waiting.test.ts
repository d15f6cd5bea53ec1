import 'fake-indexeddb/auto'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { reactive, ref } from 'vue'

const session = reactive({ status: 'signed-in', known: { account: { id: 'a1' } } })
const card = ref({ id: 'c1' })
vi.mock('@/app/session', () => ({ session, card }))

const { ApiProblem } = await import('@/api/problem')
const { get } = await import('@/drafts/db')
const { nudge, registerSender, sendForm, startSending, takeBack, waitingOf } = await import('@/drafts/waiting')

const send = vi.fn<(request: unknown, id: string) => Promise<{ answer: unknown } | undefined>>()
registerSender('test', send)
startSending(() => Promise.resolve())

const FORM = {
  key: 'a1/c1/x',
  account: 'a1',
  card: 'c1',
  title: '志愿服务',
  path: '/report/x',
  sender: 'test',
  id: 'key-1',
}
const aForm = () => ({ ...FORM, request: { values: { name: '植树' } } })

beforeEach(async () => {
  await takeBack(FORM.key)
  send.mockReset()
})

describe('a form that is sent', () => {
  it('is gone from this device once the service has it', async () => {
    send.mockResolvedValue({ answer: 7 })
    expect(await sendForm(aForm())).toEqual({ kind: 'sent', answer: 7 })
    expect(send).toHaveBeenCalledWith({ values: { name: '植树' } }, 'key-1')
    expect(await get('waiting', FORM.key)).toBeUndefined()
  })

  it('waits without a network and goes under the same key when it is back', async () => {
    send.mockRejectedValueOnce(ApiProblem.offline())
    expect(await sendForm(aForm())).toEqual({ kind: 'later' })
    expect((await get('waiting', FORM.key))?.title).toBe('志愿服务')
    send.mockResolvedValue({ answer: null })
    window.dispatchEvent(new Event('online'))
    await vi.waitFor(() => expect(waitingOf(FORM.key)).toBeUndefined())
    expect(send.mock.calls.map(([, id]) => id)).toEqual(['key-1', 'key-1'])
  })

  it('waits while its files are on their way', async () => {
    send.mockResolvedValueOnce(undefined).mockResolvedValue({ answer: null })
    expect(await sendForm(aForm())).toEqual({ kind: 'later' })
    nudge()
    await vi.waitFor(() => expect(waitingOf(FORM.key)).toBeUndefined())
  })

  it('that is refused stays, says why, and is not sent again by itself', async () => {
    const problem = new ApiProblem({ title: '已达到数量上限', status: 409, code: 'quota_exceeded' })
    send.mockRejectedValue(problem)
    expect(await sendForm(aForm())).toEqual({ kind: 'refused', problem })
    nudge()
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(send).toHaveBeenCalledTimes(1)
    expect((await get('waiting', FORM.key))?.refused).toMatchObject({ code: 'quota_exceeded' })
  })

  it('is sent once, however often it is pressed', async () => {
    let done: (value: { answer: unknown }) => void = () => undefined
    send.mockReturnValue(new Promise((resolve) => (done = resolve)))
    const first = sendForm(aForm())
    await vi.waitFor(() => expect(send).toHaveBeenCalledTimes(1))
    nudge()
    done({ answer: 1 })
    expect((await first).kind).toBe('sent')
    expect(send).toHaveBeenCalledTimes(1)
  })
})

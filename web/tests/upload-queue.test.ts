import 'fake-indexeddb/auto'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { reactive, ref } from 'vue'

const session = reactive({ status: 'signed-in', known: { account: { id: 'a1' } } })
vi.mock('@/app/session', () => ({ session, card: ref({ id: 'c1' }) }))
vi.mock('@/upload/pictures', () => ({
  prepare: (file: Blob) => Promise.resolve({ blob: new Blob(['small']), media_type: file.type }),
}))
const sendFile = vi.fn()
vi.mock('@/upload/send', async (original) => ({
  ...(await original<typeof import('@/upload/send')>()),
  sendFile: (...given: unknown[]) => sendFile(...given) as Promise<void>,
}))
const offer = vi.fn()
const complete = vi.fn()
vi.mock('@/upload/targets', () => ({ TARGETS: { evidence: { offer, complete } } }))

const { ApiProblem } = await import('@/api/problem')
const { SendError } = await import('@/upload/send')
const { itemsOf } = await import('@/upload/items')
const { addUpload, removeUploadsOf, retryUpload, uploadOf, wakeUploads } = await import('@/upload/queue')

const photo = () => new File(['a large photo'], 'IMG_1.jpg', { type: 'image/jpeg' })
const OWNER = 'a1/c1/report|x'
let files = 0

beforeEach(async () => {
  await removeUploadsOf(OWNER)
  for (const mock of [sendFile, offer, complete]) mock.mockReset()
  offer.mockImplementation(() => Promise.resolve({ file_id: `f${++files}`, url: '/u', fields: {}, expires_at: '' }))
  complete.mockImplementation((file_id: string) =>
    Promise.resolve({ file_id, media_type: 'image/jpeg', size: 5, name: '', sha256: '' }),
  )
  sendFile.mockResolvedValue(undefined)
})

const until = (id: string, state: string) => vi.waitFor(() => expect(uploadOf(id)?.state).toBe(state))

describe('a file', () => {
  it('is made small, sent and checked, under a name that tells nothing', async () => {
    const id = await addUpload(photo(), 'evidence', OWNER)
    await until(id, 'done')
    expect(offer).toHaveBeenCalledWith({ media_type: 'image/jpeg', size: 5, name: '图片.jpg' }, `${id}-0`)
    expect(itemsOf([{ upload: id }]).ids).toEqual([uploadOf(id)?.file_id])
  })

  it('is sent again after the network dropped, with the same form', async () => {
    sendFile.mockRejectedValueOnce(new SendError('offline'))
    const id = await addUpload(photo(), 'evidence', OWNER)
    await vi.waitFor(() => expect(uploadOf(id)?.offline).toBe(true))
    expect(itemsOf([{ upload: id }])).toEqual({ moving: 1, failed: 0, ids: null })
    wakeUploads()
    await until(id, 'done')
    expect(offer).toHaveBeenCalledTimes(1)
    expect(sendFile).toHaveBeenCalledTimes(2)
  })

  it('gets a new form where the old one has expired', async () => {
    sendFile.mockRejectedValueOnce(new SendError('expired'))
    const id = await addUpload(photo(), 'evidence', OWNER)
    await until(id, 'done')
    expect(offer.mock.calls.map(([, key]) => key as string)).toEqual([`${id}-0`, `${id}-1`])
  })

  it('is not sent twice where only the answer of the check was lost', async () => {
    complete.mockRejectedValueOnce(ApiProblem.offline())
    const id = await addUpload(photo(), 'evidence', OWNER)
    await vi.waitFor(() => expect(uploadOf(id)?.offline).toBe(true))
    wakeUploads()
    await until(id, 'done')
    expect(sendFile).toHaveBeenCalledTimes(1)
  })

  it('that the service refuses says why and can be tried again', async () => {
    const detail = '图片已损坏，无法打开，请重新拍摄或另存后上传'
    complete.mockRejectedValueOnce(
      new ApiProblem({ title: '文件未通过检查', status: 422, code: 'file_refused', detail }),
    )
    const id = await addUpload(photo(), 'evidence', OWNER)
    await until(id, 'failed')
    expect(uploadOf(id)?.reason).toBe(detail)
    retryUpload(id)
    await until(id, 'done')
  })

  it('goes with at most one other at a time', async () => {
    let running = 0
    let most = 0
    sendFile.mockImplementation(async () => {
      most = Math.max(most, ++running)
      await new Promise((resolve) => setTimeout(resolve, 5))
      running -= 1
    })
    const ids = await Promise.all([1, 2, 3, 4].map(() => addUpload(photo(), 'evidence', OWNER)))
    for (const id of ids) await until(id, 'done')
    expect(most).toBe(2)
  })
})

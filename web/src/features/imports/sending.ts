/** The workbook that is being sent: it goes on while one looks at other pages, and ends as a batch. */
import { ref } from 'vue'
import { data, importer } from '@/api/client'
import { ApiProblem, problemOf } from '@/api/problem'
import { queryClient } from '@/data/queries'
import { SendError, sendFile } from '@/upload/send'

const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'

export interface Wanted {
  type: string
  term_id: string | null
  path: string | null
  values: Record<string, string>
}

export interface Sending {
  /** Of which type and term. */
  of: string
  name: string
  size: number
  sent: number
  /** When the first byte went, in milliseconds. */
  since: number
  cancel: () => void
}

export const sending = ref<Sending | null>(null)

const REFUSED = {
  title: '文件没有传上去',
  status: 422,
  code: 'storage_refused',
  help: '请换一个网络再传，或联系校管理员',
}

/** Sends a workbook and has it checked; answers the batch's id. Throws an `ApiProblem`; null: it was cancelled. */
export async function sendWorkbook(file: File, wanted: Wanted): Promise<string | null> {
  const stop = new AbortController()
  const of = `${wanted.type}/${wanted.term_id ?? ''}`
  sending.value = { of, name: file.name, size: file.size, sent: 0, since: Date.now(), cancel: () => stop.abort() }
  try {
    const body = { name: file.name, media_type: XLSX, size: file.size }
    const offer = await data(importer.POST('/uploads', { body }))
    const moved = (sent: number) => sending.value && (sending.value.sent = sent)
    await sendFile(offer, file, moved, stop.signal)
    const batch = await data(importer.POST('/batches', { body: { ...wanted, file_id: offer.file_id } }))
    void queryClient.invalidateQueries({ queryKey: ['import'] })
    return batch.id
  } catch (error) {
    if (stop.signal.aborted) return null
    if (!(error instanceof SendError)) throw problemOf(error)
    throw error.why === 'refused' ? new ApiProblem(REFUSED) : ApiProblem.offline()
  } finally {
    sending.value = null
  }
}

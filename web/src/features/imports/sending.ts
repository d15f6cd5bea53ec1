/** The workbook that is being sent: it goes on while one looks at other pages, and ends as a batch. */
import { ref } from 'vue'
import { data, importer } from '@/api/client'
import { queryClient } from '@/data/queries'
import { problemOfUpload, uploadWorkbook } from '@/upload/workbooks'

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

/** Sends a workbook and has it checked; answers the batch's id. Throws an `ApiProblem`; null: it was cancelled. */
export async function sendWorkbook(file: File, wanted: Wanted): Promise<string | null> {
  const stop = new AbortController()
  const of = `${wanted.type}/${wanted.term_id ?? ''}`
  sending.value = { of, name: file.name, size: file.size, sent: 0, since: Date.now(), cancel: () => stop.abort() }
  try {
    const moved = (sent: number) => sending.value && (sending.value.sent = sent)
    const file_id = await uploadWorkbook(file, moved, stop.signal)
    const batch = await data(importer.POST('/batches', { body: { ...wanted, file_id } }))
    void queryClient.invalidateQueries({ queryKey: ['import'] })
    return batch.id
  } catch (error) {
    if (stop.signal.aborted) return null
    throw problemOfUpload(error)
  } finally {
    sending.value = null
  }
}

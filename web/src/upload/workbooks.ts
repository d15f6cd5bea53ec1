/** Uploads of workbooks to the service of imports, whatever is then done with them. */
import { data, importer } from '@/api/client'
import { ApiProblem, problemOf } from '@/api/problem'
import { SendError, sendFile } from './send'

const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'
const REFUSED = {
  title: '文件没有传上去',
  status: 422,
  code: 'storage_refused',
  help: '请换一个网络再传，或联系校管理员',
}

/** Uploads a workbook; answers the upload's id. Throws a `SendError` or what the service refuses. */
export async function uploadWorkbook(file: File, moved: (sent: number) => void, signal: AbortSignal): Promise<string> {
  const body = { name: file.name, media_type: XLSX, size: file.size }
  const offer = await data(importer.POST('/uploads', { body }))
  await sendFile(offer, file, moved, signal)
  return offer.file_id
}

/** What to tell of an upload that did not arrive. */
export function problemOfUpload(error: unknown): ApiProblem {
  if (!(error instanceof SendError)) return problemOf(error)
  return error.why === 'refused' ? new ApiProblem(REFUSED) : ApiProblem.offline()
}

/** What the pages of the verification share: the term, the scheme's words, and filing a photo (NR-03). */
import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { archive, data, uuid, records } from '@/api/client'
import type { components } from '@/api/generated/archive'
import { useScheme } from '@/data/queries'
import { prepare } from '@/upload/pictures'
import { sendFile } from '@/upload/send'
import { TARGETS } from '@/upload/targets'

export type StudentForm = components['schemas']['StudentFormView']
export type FormUpload = components['schemas']['FormUpload']

export interface Verification {
  title: string
  form: string
  most_photos: number
  notices: string[]
}

/** The code on the paper stays sharp, and a page of text readable. */
const PICTURE = { side: 2400, quality: 0.8 }

export function useVerification() {
  const scheme = useScheme()
  const terms = useQuery({
    queryKey: ['records', 'terms'],
    queryFn: () => data(records.GET('/terms', { params: { query: {} } })),
  })
  return {
    terms,
    term_id: computed(() => terms.data.value?.items[0]?.id ?? ''),
    rule: computed(
      () => (scheme.data.value as { verification?: Verification | null } | undefined)?.verification ?? null,
    ),
  }
}

export function fileForm(term_id: string, body: FormUpload): Promise<StudentForm> {
  return data(archive.POST('/terms/{term_id}/signed-forms', { params: { path: { term_id } }, body }))
}

/** Makes a photo small, sends it and lets the service check it; its id. */
export async function sendPhoto(file: File, signal: AbortSignal): Promise<string> {
  const picture = file.type.startsWith('image/')
  const { blob, media_type } = picture ? await prepare(file, PICTURE) : { blob: file, media_type: file.type }
  const offer = await TARGETS['signed-form-files'].offer({ name: file.name, media_type, size: blob.size }, uuid())
  await sendFile(offer, blob, () => undefined, signal)
  return (await TARGETS['signed-form-files'].complete(offer.file_id)).file_id
}

export function formWord(form: StudentForm['form']): string {
  if (!form) return '未上传'
  return { filed: '已上传', returned: '已退回', replaced: '已替换' }[form.state]
}

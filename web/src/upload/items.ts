/** The files of a form in their order: those that a service has already, and those on their way. */
import { computed, type Ref } from 'vue'
import { uploadOf } from './queue'

/** A file that belongs to the record already. */
export interface KnownFile {
  evidence_id: string
  media_type: string
  size: number
}
export type EvidenceItem = { upload: string } | { file: KnownFile }

export interface Items {
  /** Waiting, being sent, or being checked. */
  moving: number
  /** Not sent: refused or gone. Those that wait for the network count as moving. */
  failed: number
  /** Ids for the service, in order; null while a file is not there yet. */
  ids: string[] | null
}

export function idOf(item: EvidenceItem): string {
  return 'upload' in item ? item.upload : item.file.evidence_id
}

export function itemsOf(all: readonly EvidenceItem[]): Items {
  const found: Items = { moving: 0, failed: 0, ids: [] }
  for (const item of all) {
    const upload = 'upload' in item ? uploadOf(item.upload) : null
    const id = 'file' in item ? item.file.evidence_id : upload?.file_id
    if (id) found.ids?.push(id)
    else if (!upload || upload.state === 'failed') found.failed += 1
    else found.moving += 1
  }
  if (found.moving || found.failed) found.ids = null
  return found
}

export function useItems(all: Ref<readonly EvidenceItem[]>) {
  return computed(() => itemsOf(all.value))
}

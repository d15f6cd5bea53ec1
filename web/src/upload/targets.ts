/** Where files go: each service that takes files has an offer and a completion of the same shape. */
import { archive, data, identity, publicity, records } from '@/api/client'
import type { components } from '@/api/generated/records'

export type Accepted = components['schemas']['Accepted']
type Offer = components['schemas']['OfferView']
type Wanted = components['schemas']['Offer']

export interface Target {
  /** A presigned form; the same key gets the same one again. */
  offer: (wanted: Wanted, key: string) => Promise<Offer>
  /** Lets the service check what was uploaded; repeating it is safe. */
  complete: (file_id: string) => Promise<Accepted>
}

const keyed = (key: string) => ({ 'Idempotency-Key': key })

/** By the name that is stored with a waiting file. */
export const TARGETS = {
  /** Evidence of records. */
  evidence: {
    offer: (body, key) => data(records.POST('/evidence', { body, headers: keyed(key) })),
    complete: (file_id) => data(records.POST('/evidence/{file_id}/completion', { params: { path: { file_id } } })),
  },
  /** Files of complaints and appeals. */
  'case-files': {
    offer: (body, key) => data(publicity.POST('/case-files', { body, headers: keyed(key) })),
    complete: (file_id) => data(publicity.POST('/case-files/{file_id}/completion', { params: { path: { file_id } } })),
  },
  /** Proofs of terms that a student spent elsewhere. */
  'backfill-files': {
    offer: (body, key) => data(archive.POST('/backfill-files', { body, headers: keyed(key) })),
    complete: (file_id) =>
      data(archive.POST('/backfill-files/{file_id}/completion', { params: { path: { file_id } } })),
  },
  /** Scanned confirmations and signed summaries. */
  'filing-files': {
    offer: (body, key) => data(archive.POST('/filing-files', { body, headers: keyed(key) })),
    complete: (file_id) => data(archive.POST('/filing-files/{file_id}/completion', { params: { path: { file_id } } })),
  },
  /** Photos of signed confirmation forms. */
  'signed-form-files': {
    offer: (body, key) => data(archive.POST('/signed-form-files', { body, headers: keyed(key) })),
    complete: (file_id) =>
      data(archive.POST('/signed-form-files/{file_id}/completion', { params: { path: { file_id } } })),
  },
  /** What proves applications for changes of enrolment. */
  'enrolment-files': {
    offer: (body, key) => data(identity.POST('/enrolment-files', { body, headers: keyed(key) })),
    complete: (file_id) =>
      data(identity.POST('/enrolment-files/{file_id}/completion', { params: { path: { file_id } } })),
  },
} satisfies Record<string, Target>

export type TargetName = keyof typeof TARGETS

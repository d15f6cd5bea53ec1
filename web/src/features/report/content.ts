/** What the report form keeps, and the request that becomes of it. */
import type { components } from '@/api/generated/records'
import { toInput } from '@/scheme/fields'
import type { Form, Kind, Values } from '@/scheme/model'
import type { EvidenceItem, KnownFile } from '@/upload/items'

export type Record = components['schemas']['RecordView']

/** The record as it was when writing began. */
export interface Base {
  id: string
  version: number
  state: string
}

export interface Content {
  values: Values
  evidence: EvidenceItem[]
  base: Base | null
  /** Idempotency key of a new record: however often it is sent, it is one record. */
  send_id: string
}

export interface ReportRequest {
  term_id: string
  kind: string
  student_id: string
  base: Base | null
  values: Values
  evidence: EvidenceItem[]
  submit: boolean
  /** Who else sees it; without it, what the scheme says for new records, and nobody for changed ones. */
  visibility?: Visibility
}

export type Visibility = 'private' | 'class' | 'school'

export function valuesOf(form: Form, record: Record, zone: string): Values {
  return Object.fromEntries(form.fields.map((field) => [field.id, toInput(field, record.data[field.id], zone)]))
}

export function filesOf(record: Record): EvidenceItem[] {
  return record.evidence.map(({ evidence_id, media_type, size }: KnownFile) => ({
    file: { evidence_id, media_type, size },
  }))
}

export function baseOf(record: Record): Base {
  return { id: record.id, version: record.version, state: record.state }
}

/** States in which the author may change a record. */
export const EDITABLE = ['draft', 'returned', 'amending']

/** May the author hand in an approved record of this kind again (SH-06)? The service stays the judge of the time. */
export function isRevisable(kind: Kind, record: Record): boolean {
  return record.state === 'approved' && Boolean(kind.review?.steps?.some(({ revisable }) => revisable))
}

/**
 * The types of fields: how each is shown and checked; its input is in `inputs.ts`, which only forms load. A new type of the
 * scheme needs an entry in both; one that a later server knows and this client does not is written as text, and the server
 * checks it.
 */
import { check, toText } from './fields'
import type { Field } from './model'

export interface FieldType {
  check: typeof check
  toText: typeof toText
  /** Several inputs under one label. */
  group?: boolean
  /** Shown as a paragraph of its own, not beside its label. */
  long?: boolean
  /** Whether it fits into half a phone's width. */
  narrow: (field: Field) => boolean
  /** Under the input, where the scheme says nothing. */
  hint?: string
}

const never = () => false
const shared = { check, toText }
const number: FieldType = { ...shared, narrow: (field) => !field.outcomes?.length }
const line: FieldType = { ...shared, narrow: (field) => (field.max_length ?? 99) <= 40 }

const TYPES: Record<string, FieldType> = {
  text: line,
  catalog: { ...line, narrow: never },
  long_text: { ...shared, narrow: never, long: true },
  date: { ...shared, narrow: () => true },
  datetime: { ...shared, narrow: never },
  integer: number,
  decimal: number,
  duration: number,
  duration_hours: number,
  choice: { ...shared, narrow: never, group: true },
  boolean: { ...shared, narrow: never, group: true },
  image: { ...shared, narrow: never, group: true },
}
const UNKNOWN: FieldType = { ...line, narrow: never, hint: '这一项请用文字填写，平台会检查格式' }

export function typeOf(field: Field): FieldType {
  return Object.prototype.hasOwnProperty.call(TYPES, field.type) ? (TYPES[field.type] as FieldType) : UNKNOWN
}

export const FIELD_TYPES = Object.keys(TYPES)

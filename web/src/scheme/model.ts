/**
 * The part of a scheme that forms and records need, as `GET /schemes/{id}/{version}` answers it. Numbers of limits are
 * decimal texts. What a scheme leaves out has its default here too, so that schemes made up in tests may be short.
 */
export interface Choice {
  id: string
  title: string
  aliases?: string[]
}

export interface Condition {
  field: string
  one_of?: string[]
}

/** A condition: about a field, a sum or a number of filled fields, or joined from others; see `scheme.conditions`. */
export interface When {
  field?: string | null
  sum?: string[]
  count?: string[]
  all?: When[]
  any?: When[]
  equals?: string | number | boolean | null
  one_of?: (string | number | boolean)[]
  empty?: boolean | null
  above?: string | number | null
  below?: string | number | null
  above_field?: string | null
  below_field?: string | null
}

/** What holds for a field when others have certain values. */
export interface FormRule {
  field: string
  then: 'required' | 'forbidden' | 'visible' | 'refused'
  when: When
  says?: string | null
}

/** How a field is computed from others. */
export interface Computed {
  sum?: string[]
  product?: string[]
  count?: string[]
  days?: string[]
  both_ends?: boolean
}

export interface Field {
  id: string
  title: string
  /** One of the keys of `fieldTypes`; a later server may know more. */
  type: string
  required?: boolean
  required_unless?: Condition | null
  required_if?: Condition | null
  outcomes?: Choice[]
  minimum?: string | number | null
  maximum?: string | number | null
  decimals?: number
  min_length?: number
  max_length?: number | null
  pattern?: string | null
  pattern_says?: string | null
  not_future?: boolean
  choices?: Choice[]
  catalog?: string | null
  unit?: string | null
  help?: string | null
  example?: string | null
  listed?: boolean
  public?: boolean
  written_by?: string[]
  read_by?: string[]
  computed?: Computed | null
}

export interface Order {
  first: string
  then: string
  says: string
}

export interface Form {
  fields: Field[]
  in_order?: Order[]
  rules?: FormRule[]
}

export interface EvidenceRules {
  min: number
  max: number
  types: string[]
  max_bytes: number
}

export interface Kind {
  id: string
  title: string
  title_field: string
  form: Form
  evidence?: EvidenceRules
  operation?: string
  review?: { steps?: { role: string; revisable?: boolean }[] }
  origin?: string
  entry_roles?: string[]
}

export interface Dimension {
  id: string
  title: string
  core?: boolean
  criteria?: string | null
  kinds: Kind[]
}

/** A value as JSON: decimals and dates are texts, durations ISO 8601, a result in words `{outcome: id}`. */
export type Value = string | number | boolean | { outcome: string } | null
export type Values = Record<string, Value>

/** What a check needs to know besides the field. */
export interface Context {
  /** The term's time zone, such as Asia/Shanghai. */
  zone: string
  /** The scheme's names of the writer's roles; null: fields are not restricted. */
  role: string | null
  /** The day at the school, as 2026-03-01; by default that of the device's clock. */
  today?: string
}

export type Checked = { ok: true; value: Value } | { ok: false; code: string; message: string }

export function outcomeOf(value: unknown): string | null {
  if (typeof value !== 'object' || value === null || !('outcome' in value)) return null
  return typeof value.outcome === 'string' ? value.outcome : null
}

export function isEmpty(value: unknown): boolean {
  return value === null || value === undefined || value === ''
}

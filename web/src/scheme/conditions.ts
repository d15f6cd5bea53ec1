/** Conditions between fields and computed fields, as `scheme.conditions` of the services; both run field_examples.yaml. */
import { decimal, round, text } from './decimal'
import { comparable } from './fields'
import { isEmpty, outcomeOf, type Computed, type Form, type Value, type Values, type When } from './model'

const ONE = decimal(1)
const NUMBERS = ['integer', 'decimal', 'duration_hours']

function measured(form: Form, values: Readonly<Values>, name: string) {
  const field = form.fields.find(({ id }) => id === name)
  return field ? comparable(field, values[name] ?? null) : null
}

function number(form: Form, values: Readonly<Values>, name: string): bigint | null {
  const field = form.fields.find(({ id }) => id === name)
  const found = field && NUMBERS.includes(field.type) ? comparable(field, values[name] ?? null) : null
  return typeof found === 'bigint' ? found : null
}

const numbers = (form: Form, values: Readonly<Values>, names: readonly string[]) =>
  names.flatMap((name) => number(form, values, name) ?? [])
const total = (all: readonly bigint[]) => all.reduce((sum, one) => sum + one, 0n)
const filled = (values: Readonly<Values>, names: readonly string[]) =>
  names.filter((name) => !isEmpty(values[name])).length

function same(form: Form, values: Readonly<Values>, name: string, constant: string | number | boolean): boolean {
  const value = values[name]
  const outcome = outcomeOf(value)
  if (outcome !== null) return outcome === constant
  if (typeof value === 'boolean' || typeof constant === 'boolean') return value === constant
  const known = number(form, values, name)
  return known === null ? value === constant : known === decimal(constant)
}

/** Whether a condition holds for clean values. */
export function holds(form: Form, when: When, values: Readonly<Values>): boolean {
  if (when.all?.length) return when.all.every((part) => holds(form, part, values))
  if (when.any?.length) return when.any.some((part) => holds(form, part, values))
  if (when.sum?.length) return compares(form, when, total(numbers(form, values, when.sum)), values)
  if (when.count?.length) return compares(form, when, decimal(filled(values, when.count)), values)
  const name = when.field ?? ''
  if (typeof when.empty === 'boolean') return isEmpty(values[name]) === when.empty
  if (isEmpty(values[name])) return false
  const constants = when.one_of?.length ? when.one_of : isEmpty(when.equals) ? [] : [when.equals as string]
  if (constants.length) return constants.some((one) => same(form, values, name, one))
  const value = measured(form, values, name)
  return value !== null && compares(form, when, value, values)
}

type Measure = bigint | number | string

function compares(form: Form, when: When, value: Measure, values: Readonly<Values>): boolean {
  if (!isEmpty(when.above)) return typeof value === 'bigint' && value > decimal(when.above as string)
  if (!isEmpty(when.below)) return typeof value === 'bigint' && value < decimal(when.below as string)
  const other = measured(form, values, when.above_field ?? when.below_field ?? '')
  if (other === null || typeof other !== typeof value) return false
  return when.above_field ? value > other : value < other
}

/** The fields that a condition depends on. */
export function fieldsOf(when: When): string[] {
  const own = [when.field, when.above_field, when.below_field].flatMap((name) => name ?? [])
  const parts = [...(when.all ?? []), ...(when.any ?? [])]
  return [...own, ...(when.sum ?? []), ...(when.count ?? []), ...parts.flatMap(fieldsOf)]
}

/** The value of a computed field; null while there is nothing to compute. Halves are rounded up, away from zero. */
export function compute(form: Form, how: Computed, decimals: number, values: Readonly<Values>): Value {
  if (how.count?.length) return filled(values, how.count)
  if (how.days?.length) {
    const [first, last] = how.days.map((name) =>
      isEmpty(values[name]) ? NaN : Date.parse(String(values[name]).slice(0, 10)),
    )
    if (first === undefined || last === undefined || Number.isNaN(first) || Number.isNaN(last)) return null
    return Math.round((last - first) / 86_400_000) + (how.both_ends ? 1 : 0)
  }
  const names = how.sum?.length ? how.sum : (how.product ?? [])
  const found = numbers(form, values, names)
  if (how.sum?.length) return found.length ? rounded(total(found), decimals) : null
  if (found.length < names.length) return null
  return rounded(
    found.reduce((product, one) => (product * one) / ONE, ONE),
    decimals,
  )
}

function rounded(value: bigint, places: number): string {
  const unit = decimal(places ? `0.${'0'.repeat(places - 1)}1` : '1')
  const [size, sign] = value < 0n ? [-value, -1n] : [value, 1n]
  const tie = (size % unit) * 2n === unit
  return text(tie ? sign * (size - (size % unit) + unit) : round(value, places))
}

/** Fields that are computed or not always asked, each after those that it depends on. */
function settled(form: Form): string[] {
  const visible = new Map(
    (form.rules ?? []).filter(({ then }) => then === 'visible').map((rule) => [rule.field, rule.when]),
  )
  const computed = new Map(form.fields.flatMap(({ id, computed: how }) => (how ? [[id, how] as const] : [])))
  const done = new Set<string>()
  const place = (name: string, above: readonly string[]) => {
    if (done.has(name) || above.includes(name)) return
    const [when, how] = [visible.get(name), computed.get(name)]
    const below = [
      ...(when ? fieldsOf(when) : []),
      ...(how ? [...(how.sum ?? []), ...(how.product ?? []), ...(how.count ?? []), ...(how.days ?? [])] : []),
    ]
    for (const other of below) place(other, [...above, name])
    done.add(name)
  }
  for (const { id } of form.fields) place(id, [])
  return [...done].filter((name) => visible.has(name) || computed.has(name))
}

/**
 * Takes away the values of fields that are not asked with these values, and computes the others with `put`, which checks and
 * keeps a value. Returns the fields that are not asked.
 */
export function settle(form: Form, values: Values, put: (name: string, value: Value) => void): Set<string> {
  const hidden = new Set<string>()
  if (!form.rules?.length && !form.fields.some(({ computed }) => computed)) return hidden
  for (const name of settled(form)) {
    const rule = form.rules?.find((one) => one.field === name && one.then === 'visible')
    const field = form.fields.find(({ id }) => id === name)
    if (rule && !holds(form, rule.when, values)) {
      hidden.add(name)
      Reflect.deleteProperty(values, name)
    } else if (field?.computed) put(name, compute(form, field.computed, field.decimals ?? 2, values))
  }
  return hidden
}

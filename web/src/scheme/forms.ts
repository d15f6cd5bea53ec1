/** A form: its fields and what holds between them, as `scheme.forms` of the services. */
import { fieldsOf, holds, settle } from './conditions'
import { check, comparable } from './fields'
import {
  isEmpty,
  outcomeOf,
  type Condition,
  type Context,
  type Field,
  type Form,
  type FormRule,
  type Values,
} from './model'

export interface Problem {
  field: string
  code: string
  message: string
}

export interface CheckedForm {
  /** Clean values without the empty ones. */
  values: Values
  problems: Problem[]
  /** Fields that are not asked with these values. */
  hidden: ReadonlySet<string>
}

/** Codes of what matters only when a form is handed in; a draft may have them. */
export const UNFINISHED = ['required', 'min_length', 'refused']

export function mayWrite(field: Field, role: string | null): boolean {
  if (field.computed) return false
  return role === null || !field.written_by?.length || field.written_by.includes(role)
}

export function mayRead(field: Field, role: string | null): boolean {
  return role === null || !field.read_by?.length || field.read_by.includes(role)
}

function meets(condition: Condition, value: unknown): boolean {
  if (!condition.one_of?.length) return !isEmpty(value)
  const name = outcomeOf(value) ?? value
  return typeof name === 'string' && condition.one_of.includes(name)
}

/** Whether a field has to be filled, with these values of the others. */
export function isRequired(field: Field, values: Readonly<Values>, form?: Form): boolean {
  if (form?.rules?.some((rule) => demands(form, rule, field, values))) return true
  if (field.required_unless) return !meets(field.required_unless, values[field.required_unless.field])
  if (field.required) return true
  return Boolean(field.required_if && meets(field.required_if, values[field.required_if.field]))
}

function demands(form: Form, rule: FormRule, field: Field, values: Readonly<Values>): boolean {
  return rule.field === field.id && rule.then === 'required' && holds(form, rule.when, values)
}

/** When a field is required, in words; empty if that depends on no other field. */
export function conditionText(form: Form, field: Field): string {
  const condition = field.required_unless ?? field.required_if
  const other = condition && form.fields.find((it) => it.id === condition.field)
  if (!condition || !other) return ''
  const titles = new Map([...(other.choices ?? []), ...(other.outcomes ?? [])].map((it) => [it.id, it.title]))
  const named = condition.one_of?.length
    ? `${other.title}为${condition.one_of.map((name) => titles.get(name) ?? name).join('、')}`
    : `已填写${other.title}`
  return field.required_unless ? `${named}时除外` : `${named}时必填`
}

/** Every problem of a form, in the order of its fields, and the clean values of the fields without one. */
export function checkForm(form: Form, written: Readonly<Values>, context: Context): CheckedForm {
  const values: Values = {}
  const ids = new Set(form.fields.map((field) => field.id))
  let problems: Problem[] = Object.keys(written)
    .filter((name) => !ids.has(name))
    .map((name) => ({ field: name, code: 'unknown_field', message: `没有“${name}”这一项` }))
  for (const field of form.fields) {
    if (field.computed) continue
    if (!mayWrite(field, context.role)) {
      if (isEmpty(written[field.id])) continue
      problems.push({ field: field.id, code: 'written_by', message: `您的身份不能填写${field.title}` })
      continue
    }
    const found = check(field, written[field.id], context)
    if (!found.ok) problems.push({ field: field.id, code: found.code, message: found.message })
    else if (found.value !== null) values[field.id] = found.value
  }
  const hidden = settle(form, values, (name, computed) => {
    const field = form.fields.find(({ id }) => id === name) as Field
    const found = check(field, computed, context)
    if (!found.ok) problems.push({ field: name, code: found.code, message: found.message })
    else if (found.value !== null) values[name] = found.value
  })
  problems = problems.filter(({ field }) => !hidden.has(field))
  let known = new Set([...hidden, ...problems.map((it) => it.field)])
  for (const field of form.fields) {
    const condition = field.required_unless ?? field.required_if
    if (!condition || !mayWrite(field, context.role) || field.id in values) continue
    if (known.has(field.id) || known.has(condition.field) || !isRequired(field, values)) continue
    const message = `${field.title}不能为空（${conditionText(form, field)}）`
    problems.push({ field: field.id, code: 'required', message })
  }
  known = new Set(problems.map((it) => it.field))
  for (const rule of form.rules ?? []) {
    const field = form.fields.find(({ id }) => id === rule.field)
    const asked = field && !hidden.has(field.id) && (field.computed || mayWrite(field, context.role))
    if (rule.then === 'visible' || !asked) continue
    if ([rule.field, ...fieldsOf(rule.when)].some((name) => known.has(name))) continue
    const applies = rule.then === 'refused' || (rule.then === 'required') === !(rule.field in values)
    if (applies && holds(form, rule.when, values))
      problems.push({ field: rule.field, code: rule.then, message: rule.says ?? '' })
  }
  for (const order of form.in_order ?? []) {
    if (!inOrder(form, order, values)) problems.push({ field: order.then, code: 'in_order', message: order.says })
  }
  return { values, problems, hidden }
}

function inOrder(form: Form, order: { first: string; then: string }, values: Values): boolean {
  const field = form.fields.find((it) => it.id === order.first)
  if (!field) return true
  const [first, then] = [comparable(field, values[order.first] ?? null), comparable(field, values[order.then] ?? null)]
  return first === null || then === null || first <= then
}

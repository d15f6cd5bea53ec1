/**
 * Image fields name one of the form's files: while one writes by the file's id, so that sorting and removing files change nothing;
 * for the rules and the services by its number, from 1.
 */
import type { InjectionKey, Ref } from 'vue'
import { idOf, type EvidenceItem } from '@/upload/items'
import type { Form, Value, Values } from './model'

/** The files of the form that an input stands in. */
export const FILES: InjectionKey<Readonly<Ref<readonly EvidenceItem[]>>> = Symbol('files')

type Change = (value: Value) => Value

function changed(form: Form, values: Values, change: Change): Values {
  const images = form.fields.filter(({ id, type }) => type === 'image' && id in values)
  if (!images.length) return values
  return { ...values, ...Object.fromEntries(images.map(({ id }) => [id, change(values[id] ?? null)])) }
}

/** The number of the file with this id; empty if it was removed. */
export function numbered(form: Form, values: Values, files: readonly EvidenceItem[]): Values {
  return changed(form, values, (value) =>
    isNumber(value) ? value : files.findIndex((file) => idOf(file) === value) + 1 || null,
  )
}

/** The id of the file with this number; a number without a file stays, so that the rules refuse it. */
export function named(form: Form, values: Values, files: readonly EvidenceItem[]): Values {
  return changed(form, values, (value) => {
    const file = isNumber(value) ? files[Number(value) - 1] : undefined
    return file ? idOf(file) : value
  })
}

const isNumber = (value: Value) => /^\d{1,2}$/.test(String(value))

/** The examples that server and browser run alike: libs/scheme/field_examples.yaml. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { evidenceProblems } from '@/scheme/evidence'
import { check, KNOWN_TYPES, toInput, toText } from '@/scheme/fields'
import { checkForm } from '@/scheme/forms'
import type { EvidenceRules, Field, Form, Value, Values } from '@/scheme/model'

interface FieldExamples {
  field: Field
  takes?: [unknown, Value][]
  refuses?: [unknown, string, string][]
  shows?: [unknown, string][]
}
interface FormExample {
  data: Values
  role?: string
  values?: Values
  errors?: { field: string; type: string; message: string }[]
}
interface EvidenceExamples {
  limits: Partial<EvidenceRules>
  word: string
  examples: { files: [string, number][]; errors: unknown[] }[]
}
interface Examples {
  zone: string
  today: string
  fields: FieldExamples[]
  forms: { form: Form; examples: FormExample[] }[]
  evidence: EvidenceExamples[]
}

const file = new URL('../../libs/scheme/field_examples.yaml', `file://${import.meta.dirname}/`)
const examples = parse(readFileSync(file, 'utf-8')) as Examples
const context = { zone: examples.zone, today: examples.today, role: null }

function each<Part extends 'takes' | 'refuses' | 'shows'>(part: Part) {
  return examples.fields.flatMap(({ field, ...parts }) =>
    (parts[part] ?? []).map((example) => ({ name: `${field.id}: ${JSON.stringify(example[0])}`, field, example })),
  )
}

describe('a field', () => {
  it.each(each('takes'))('takes and takes again $name', ({ field, example: [typed, stored] }) => {
    expect(check(field, typed, context)).toEqual({ ok: true, value: stored })
    if (stored === null) return
    expect(check(field, stored, context)).toEqual({ ok: true, value: stored })
    expect(check(field, toInput(field, stored, examples.zone), context).ok).toBe(true)
  })

  it.each(each('refuses'))('refuses $name', ({ field, example: [typed, code, message] }) => {
    expect(check(field, typed, context)).toEqual({ ok: false, code, message })
  })

  it.each(each('shows'))('shows $name', ({ field, example: [stored, text] }) => {
    expect(toText(field, stored)).toBe(text)
  })

  it('has examples for each type that the client knows', () => {
    expect(new Set(each('refuses').map((it) => it.field.type))).toEqual(new Set(KNOWN_TYPES))
  })

  it('of a type that the client does not know takes any text, and does not exceed its length', () => {
    const field: Field = { id: 'colour', title: '颜色', type: 'colour', max_length: 3, required: true }
    expect(check(field, ' 红 ', context)).toEqual({ ok: true, value: '红' })
    expect(check(field, '', context)).toMatchObject({ ok: false, message: '颜色不能为空' })
    expect(check(field, '很红很红', context)).toMatchObject({ ok: false, message: '颜色最多3个字，现有4个字' })
    expect(toText(field, '红')).toBe('红')
  })
})

describe('a form', () => {
  const cases = examples.forms.flatMap(({ form, examples: some }) =>
    some.map((example) => ({ name: JSON.stringify(example.data), form, example })),
  )

  it.each(cases)('takes its values or names every problem: $name', ({ form, example }) => {
    const found = checkForm(form, example.data, { ...context, role: example.role ?? null })
    const problems = found.problems.map(({ field, code, message }) => ({ field, type: code, message }))
    expect(problems).toEqual(example.errors ?? [])
    if (example.values) expect(found.values).toEqual(example.values)
  })
})

describe('evidence', () => {
  const cases = examples.evidence.flatMap(({ limits, word, examples: some }) =>
    some.map((example) => ({ name: JSON.stringify(example.files), limits, word, example })),
  )

  it.each(cases)('names every file that is not taken: $name', ({ limits, word, example }) => {
    const rules = { min: 0, max: 9, types: ['image', 'pdf'], max_bytes: 10 * 2 ** 20, ...limits }
    const files = example.files.map(([media_type, size]) => ({ media_type, size }))
    const problems = evidenceProblems(rules, files, word)
    expect(problems.map(({ field, code, message }) => ({ field, type: code, message }))).toEqual(example.errors)
  })
})

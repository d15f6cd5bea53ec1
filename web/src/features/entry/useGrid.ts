/** A table of one kind for a class: what is typed, kept on this device; what is wrong, by cell; and the answer for each row. */
import { computed, reactive, ref, type Ref } from 'vue'
import { data, records, uuid } from '@/api/client'
import { ApiProblem, problemOf } from '@/api/problem'
import { queryClient } from '@/data/queries'
import { useDraft } from '@/drafts'
import { checkForm, type CheckedForm } from '@/scheme/forms'
import type { Context, Field, Form } from '@/scheme/model'
import type { Student } from '@/data/class-students'

type Cells = Record<string, string>
interface Content {
  /** By student. */
  cells: Record<string, Cells>
  /** The records that became of rows. */
  sent: Record<string, string>
  /** Idempotency keys: however often a row is sent, it is one record. */
  keys: Record<string, string>
}

/** Rows that are sent at the same time. */
const AT_ONCE = 4

export interface Subject {
  kind: { id: string; title: string; form: Form }
  term_id: string
  class_path: string
  context: Context
}

export function useGrid(subject: Subject, students: Ref<readonly Student[]>, fields: Ref<readonly Field[]>) {
  const { kind, term_id, class_path, context } = subject
  const draft = useDraft<Content>(
    `grid|${kind.id}|${term_id}|${class_path}`,
    () => ({ cells: {}, sent: {}, keys: {} }),
    () => `${kind.title}（全班）`,
  )
  const content = draft.content
  const answers = reactive(new Map<string, ApiProblem>())
  /** Whether missing values count as wrong: once somebody wanted to send. */
  const strict = ref(false)
  const busy = ref(false)
  const done = ref(0)
  const total = ref(0)

  const textOf = (student: string, field: string) => content.value.cells[student]?.[field] ?? ''
  const isSent = (student: string) => Boolean(content.value.sent[student])
  const isUsed = (student: string) => Object.values(content.value.cells[student] ?? {}).some((text) => text.trim())

  function put(student: string, field: string, text: string): void {
    if (isSent(student)) return
    const row = (content.value.cells[student] ??= {})
    row[field] = text
    answers.delete(student)
  }

  /** Writes a block of texts with its left upper corner at a cell; says how many rows did not fit. */
  function paste(row: number, column: number, block: string[][]): number {
    block.forEach((texts, down) => {
      const student = students.value[row + down]
      if (!student) return
      texts.forEach((text, right) => {
        const field = fields.value[column + right]
        if (field) put(student.id, field.id, text)
      })
    })
    return Math.max(0, row + block.length - students.value.length)
  }

  /** Copies the first text of a column into its empty cells. */
  function fill(field: string): boolean {
    const first = students.value.map(({ id }) => textOf(id, field)).find((text) => text.trim())
    if (!first) return false
    for (const { id } of students.value) if (!textOf(id, field).trim()) put(id, field, first)
    return true
  }

  const checked = computed(() => {
    const found = new Map<string, CheckedForm>()
    for (const { id } of students.value) {
      if (isUsed(id) && !isSent(id)) found.set(id, checkForm(kind.form, content.value.cells[id] ?? {}, context))
    }
    return found
  })
  function problemAt(student: string, field: string): string | null {
    const own = checked.value.get(student)?.problems.find((problem) => problem.field === field)
    if (own && (strict.value || own.code !== 'required')) return own.message
    return answers.get(student)?.byField[field] ?? null
  }
  const wrong = computed(() =>
    students.value.flatMap(({ id }) =>
      fields.value.filter((field) => problemAt(id, field.id)).map((field) => ({ student: id, field: field.id })),
    ),
  )
  /** Rows that have something. */
  const used = computed(() => [...checked.value.keys()])
  /** Those of them in which nothing is wrong or missing. */
  const ready = computed(() => used.value.filter((id) => !checked.value.get(id)?.problems.length))

  async function sendRow(student_id: string): Promise<void> {
    const id = content.value.keys[student_id] ?? uuid()
    const body = {
      ...{ term_id, student_id, kind: kind.id, submit: true, evidence: [] },
      data: checked.value.get(student_id)?.values ?? {},
    }
    try {
      const made = await data(records.POST('/records', { body, headers: { 'Idempotency-Key': id } }))
      content.value.sent[student_id] = made.id
    } catch (error) {
      const problem = problemOf(error)
      answers.set(student_id, problem)
      // A refused row is changed and sent as a new one; one that may have arrived keeps its key.
      if (problem.status >= 400 && problem.status < 500) Reflect.deleteProperty(content.value.keys, student_id)
    } finally {
      done.value++
    }
  }

  /** Sends the rows in which nothing is wrong; the others stay as they are. Answers how many became records. */
  async function send(): Promise<number> {
    if (busy.value) return 0
    strict.value = true
    const rows = [...ready.value]
    if (!rows.length) return 0
    busy.value = true
    done.value = 0
    total.value = rows.length
    answers.clear()
    // The keys are stored before anything is sent: a page that ends meanwhile sends the same rows again, and they are the same records.
    for (const id of rows) content.value.keys[id] ??= uuid()
    try {
      await draft.flush()
      const waiting = [...rows]
      const work = async () => {
        for (let next = waiting.shift(); next; next = waiting.shift()) await sendRow(next)
      }
      await Promise.all(Array.from({ length: AT_ONCE }, work))
      await draft.flush()
      void queryClient.invalidateQueries({ queryKey: ['records'] })
      return rows.filter(isSent).length
    } finally {
      busy.value = false
    }
  }

  return {
    draft,
    textOf,
    put,
    paste,
    fill,
    problemAt,
    wrong,
    used,
    ready,
    answers,
    isSent,
    strict,
    busy,
    done,
    total,
    send,
  }
}

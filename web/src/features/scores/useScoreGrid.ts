/** One part of the score of a class: what is typed, kept on this device; what is wrong, by cell; saved in one request. */
import { computed, reactive, ref, watch, type Ref } from 'vue'
import { archive, data } from '@/api/client'
import { useDraft } from '@/drafts'
import type { Part, Sheet } from './scores'

interface Content {
  /** Texts by student, then by dimension. */
  cells: Record<string, Record<string, string>>
}
/** Values in one request. */
const BATCH = 600

export function useScoreGrid(sheet: Ref<Sheet>, part: Part) {
  const draft = useDraft<Content>(
    `scores|${part.id}|${sheet.value.term_id}|${sheet.value.path}`,
    () => ({ cells: {} }),
    () => part.title,
  )
  const content = draft.content
  /** What the service said of a cell: `student/dimension`. */
  const answers = reactive(new Map<string, string>())
  const busy = ref(false)

  const saved = computed(() => {
    const found = new Map<string, { text: string; version: number }>()
    for (const row of sheet.value.rows)
      for (const one of row.entered)
        if (one.part === part.id && one.mine)
          found.set(`${row.student_id}/${one.dimension}`, { text: one.band ?? String(one.value), version: one.version })
    return found
  })
  /** An emptied cell is not saved, and shows again what is: also what a workbook brought meanwhile. */
  watch(
    [saved, content],
    () => {
      for (const [student, row] of Object.entries(content.value.cells)) {
        const left = Object.entries(row).filter(([, text]) => text.trim())
        if (left.length < Object.keys(row).length) content.value.cells[student] = Object.fromEntries(left)
      }
    },
    { immediate: true },
  )
  const textOf = (student: string, dimension: string) =>
    content.value.cells[student]?.[dimension] ?? saved.value.get(`${student}/${dimension}`)?.text ?? ''

  function put(student: string, dimension: string, text: string): void {
    const row = (content.value.cells[student] ??= {})
    row[dimension] = text
    answers.delete(`${student}/${dimension}`)
  }

  /** Writes a block of texts with its left upper corner at a cell; says how many rows did not fit. */
  function paste(at: number, column: number, block: string[][]): number {
    const { rows, dimensions } = sheet.value
    block.forEach((texts, down) => {
      const student = rows[at + down]
      if (!student) return
      texts.forEach((text, right) => {
        const dimension = dimensions[column + right]
        if (dimension) put(student.student_id, dimension.id, text.trim())
      })
    })
    return Math.max(0, at + block.length - rows.length)
  }

  /** Copies the first text of a column into its empty cells. */
  function fill(dimension: string): boolean {
    const all = sheet.value.rows.map(({ student_id }) => student_id)
    const first = all.map((student) => textOf(student, dimension)).find((text) => text.trim())
    if (!first) return false
    for (const student of all) if (!textOf(student, dimension).trim()) put(student, dimension, first)
    return true
  }

  /** The band that a text means in a dimension: its id in any case, or its title. */
  const bandsOf = (dimension: string) =>
    sheet.value.bands.filter(({ dimensions }) => !dimensions.length || dimensions.includes(dimension))
  function bandOf(text: string, dimension: string): string | undefined {
    const wanted = text.trim().toUpperCase()
    return bandsOf(dimension).find(({ id, title }) => [id.toUpperCase(), title.toUpperCase()].includes(wanted))?.id
  }

  /** Whether a text can be a value, as the service will say it; null: it can. */
  function problemOf(text: string, dimension: string): string | null {
    const value = text.trim()
    if (part.in_bands) {
      const known = bandsOf(dimension).map(({ id }) => id)
      return bandOf(value, dimension) ? null : `请填 ${known.join('、')}`
    }
    const number = Number(value)
    if (!/^-?\d+(\.\d+)?$/.test(value) || Number.isNaN(number)) return '请填数字'
    if (number < part.minimum || number > part.maximum) return `${part.minimum}～${part.maximum}`
    if ((value.split('.')[1] ?? '').length > part.decimals)
      return part.decimals ? `最多 ${part.decimals} 位小数` : '填整数'
    return null
  }
  const changed = computed(() => {
    const found: { student: string; dimension: string; text: string }[] = []
    for (const { student_id } of sheet.value.rows)
      for (const [dimension, text] of Object.entries(content.value.cells[student_id] ?? {}))
        if (text.trim() && text.trim() !== saved.value.get(`${student_id}/${dimension}`)?.text)
          found.push({ student: student_id, dimension, text: text.trim() })
    return found
  })
  const wrong = computed(() => changed.value.filter(({ text, dimension }) => problemOf(text, dimension)))
  function problemAt(student: string, dimension: string): string | null {
    const text = content.value.cells[student]?.[dimension]
    return (text?.trim() ? problemOf(text, dimension) : null) ?? answers.get(`${student}/${dimension}`) ?? null
  }

  /** Saves what can be saved; wrong cells stay as they are. Says how many were saved. */
  async function send(): Promise<number> {
    busy.value = true
    let done = 0
    try {
      const good = changed.value.filter(({ text, dimension }) => !problemOf(text, dimension))
      for (let at = 0; at < good.length; at += BATCH) {
        const scores = good.slice(at, at + BATCH).map(({ student, dimension, text }) => ({
          student_id: student,
          dimension,
          value: part.in_bands ? (bandOf(text, dimension) ?? text) : text,
          version: saved.value.get(`${student}/${dimension}`)?.version ?? null,
        }))
        const body = { term_id: sheet.value.term_id, part: part.id, scores }
        const { results } = await data(archive.PUT('/scores', { body }))
        for (const one of results) {
          const key = `${one.student_id}/${one.dimension}`
          if (one.ok) {
            done += 1
            answers.delete(key)
            delete content.value.cells[one.student_id]?.[one.dimension]
          } else
            answers.set(
              key,
              one.code === 'stale_version' || one.code === 'version_required'
                ? '别人刚改过，请核对后再填'
                : (one.detail ?? '没有保存'),
            )
        }
      }
    } finally {
      busy.value = false
    }
    return done
  }
  return { draft, textOf, put, paste, fill, problemAt, changed, wrong, answers, busy, send }
}

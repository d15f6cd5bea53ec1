/** What a reviewer does at the queue, the same on the phone and at the desk: approve, return, take back, all that a filter finds. */
import { computed, ref, watch } from 'vue'
import { useReasons } from '@/data/reasons'
import { useTexts } from '@/data/texts'
import { announce } from '@/ui/live'
import { decide, decisions, dismiss, lastUnsent, takeBack, type Verdict } from './decisions'
import { useQueue } from './useQueue'

export function useReview() {
  const queue = useQueue()
  const texts = useTexts()
  const returning = ref(false)
  /** Why nothing was decided: the record is still coming. */
  const told = ref<string | null>(null)
  const { line, record } = queue

  const reasons = useReasons(
    'record',
    computed(() => line.value?.term_id ?? null),
  )
  const refused = computed(() => (line.value ? (decisions.get(line.value.id)?.refused ?? null) : null))
  /** The record as it is on the screen; nobody decides on what they have not seen. */
  const seen = computed(() => {
    const found = record.data.value
    return found && found.id === line.value?.id ? found : null
  })
  const decidable = computed(() => {
    if (!line.value || !queue.waiting.value) return false
    const entry = decisions.get(line.value.id)
    return !entry || entry.status === 'refused'
  })
  watch(
    () => line.value?.id,
    () => {
      returning.value = false
      told.value = null
    },
  )

  function may(): boolean {
    if (!decidable.value) return false
    if (seen.value) return true
    told.value = '这条记录还在打开，看到内容后再决定'
    announce(told.value)
    return false
  }
  function keep(verdict: Verdict) {
    const one = seen.value
    if (!one) return
    const next = queue.following()
    const { id: record_id, version, student_name, title } = one
    void decide({ ...verdict, record_id, version, student_name, title, decided_at: Date.now() })
    returning.value = false
    queue.show(next?.id ?? null)
  }
  function approve() {
    if (may()) keep({ action: 'approve', reason_code: null, note: null })
  }
  function startReturn() {
    if (may()) returning.value = true
  }
  async function undo() {
    const last = lastUnsent.value?.decision
    if (!last || !(await takeBack(last.record_id))) return
    queue.show(last.record_id)
    announce(`已撤回对${last.student_name}的${texts.value.record}的决定`)
  }
  return {
    ...queue,
    texts,
    returning,
    told,
    reasons,
    refused,
    seen,
    decidable,
    approve,
    startReturn,
    keep,
    undo,
    dismiss,
  }
}
export type Review = ReturnType<typeof useReview>

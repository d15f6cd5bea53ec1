/** Writing a complaint, an appeal or an answer: kept on this device until it was sent, sent once, gone after signing out. */
import { computed, onScopeDispose, ref, watch } from 'vue'
import { uuid } from '@/api/client'
import { ApiProblem, problemOf } from '@/api/problem'
import { queryClient } from '@/data/queries'
import { PRIVATE, useDraft } from '@/drafts'
import { itemsOf, type EvidenceItem } from '@/upload/items'
import { removeUploadsOf, restoreUploads, settled, uploadAgain, wakeUploads } from '@/upload/queue'

export interface Written {
  choice: string
  reason: string
  text: string
  evidence: EvidenceItem[]
  /** Idempotency key: however often it is sent, it is one. */
  send_id: string
}

/** form: what it is about, such as `entry/<id>`. title: for the list of drafts; it names nobody. */
export function useStatement<Answer>(
  form: () => string | null,
  title: () => string,
  send: (written: Written, files: string[], key: Record<string, string>) => Promise<Answer>,
) {
  const draft = useDraft<Written>(
    () => {
      const name = form()
      return name && `${PRIVATE}${name}`
    },
    () => ({ choice: '', reason: '', text: '', evidence: [], send_id: uuid() }),
    title,
  )
  const busy = ref<'files' | 'sending' | null>(null)
  const problem = ref<ApiProblem | null>(null)
  const items = computed(() => itemsOf(draft.content.value.evidence))
  let gone = false
  onScopeDispose(() => (gone = true))

  watch(draft.key, (key) => key && void restoreUploads(key), { immediate: true })

  /** Waits for the files that are on their way. */
  async function files(): Promise<string[]> {
    wakeUploads()
    while (!items.value.ids && !items.value.failed && !gone) {
      await new Promise<void>((go) => {
        const stop = watch(settled, () => {
          stop()
          go()
        })
      })
    }
    if (items.value.ids) return items.value.ids
    throw new ApiProblem({ title: `${items.value.failed} 个文件没有传上去，请重试或删掉`, status: 422, code: 'files' })
  }

  /** The answer, or null if it was refused or is being sent already. */
  async function submit(): Promise<Answer | null> {
    if (busy.value || !draft.key.value) return null
    problem.value = null
    busy.value = 'files' // before anything is awaited: a double press sends once
    const key = draft.key.value
    try {
      await draft.flush()
      const ids = await files()
      busy.value = 'sending'
      const answer = await send(draft.content.value, ids, { 'Idempotency-Key': draft.content.value.send_id })
      await removeUploadsOf(key)
      await draft.discard()
      void queryClient.invalidateQueries({ queryKey: ['publicity'] })
      return answer
    } catch (error) {
      problem.value = problemOf(error)
      const { code, status } = problem.value
      // Unused files are kept for a day only: what the service no longer has is sent again.
      if (code === 'file_missing' && problem.value.document.field) uploadAgain([problem.value.document.field])
      // What was refused may be changed and sent anew; what got no answer must stay the same one.
      if (status >= 400 && status < 500) draft.content.value.send_id = uuid()
      return null
    } finally {
      busy.value = null
    }
  }

  const refusedWhat = computed(() =>
    problem.value?.offline ? '没有收到回答，写的内容都在；再提交一次不会重复' : '没有提交，写的内容都在',
  )

  async function discard(): Promise<void> {
    if (draft.key.value) await removeUploadsOf(draft.key.value)
    await draft.discard()
  }

  return { draft, items, busy, problem, refusedWhat, submit, discard }
}

/**
 * One report from its draft to its answer: kept on this device, saved at the service, sent once, and compared where the record was
 * changed elsewhere.
 */
import { computed, ref, watch } from 'vue'
import { data, records, uuid } from '@/api/client'
import { problemOf, type ApiProblem } from '@/api/problem'
import { card, session } from '@/app/session'
import { queryClient } from '@/data/queries'
import { draftAt, useDraft } from '@/drafts'
import { refusalOf, sendForm, takeBack, waitingOf } from '@/drafts/waiting'
import type { Kind, Values } from '@/scheme/model'
import { removeUploadsOf, restoreUploads, wakeUploads } from '@/upload/queue'
import { baseOf, filesOf, valuesOf, type Content, type Record, type ReportRequest, type Visibility } from './content'
import { SENDER, type StoredReport } from './sender'

export interface Subject {
  kind: Kind
  term_id: string
  student_id: string
  zone: string
  /** The record that is changed; null: a new one. */
  record: Record | null
  /** Where the form stands, for drafts and for what waits. */
  path: string
  /** Who else shall see it, where that can be chosen; otherwise it stays as it is. */
  visibility?: () => Visibility | undefined
}

/** 412 and its relatives: somebody changed the record meanwhile. */
const CHANGED = ['stale_version', 'idempotency_mismatch', 'wrong_state']

export function useReport(subject: Subject, sent: (record: Record | null, submitted: boolean) => void) {
  const { kind, record } = subject
  const draft = useDraft<Content>(
    record ? `record|${record.id}` : `report|${kind.id}|${subject.student_id}`,
    () => ({
      values: record ? valuesOf(kind.form, record, subject.zone) : {},
      evidence: record ? filesOf(record) : [],
      base: record ? baseOf(record) : null,
      send_id: uuid(),
    }),
    () => kind.title,
  )
  const busy = ref<'save' | 'submit' | null>(null)
  const problem = ref<ApiProblem | null>(null)
  /** The record as the service has it now, where it differs from what this draft began with. */
  const theirs = ref<Record | null>(null)
  const waiting = computed(() => (draft.key.value ? waitingOf(draft.key.value) : undefined))

  // A draft of an earlier version: compare before anything is sent.
  watch(draft.ready, (ready) => {
    const base = draft.content.value.base
    if (ready && record && base && base.version !== record.version) theirs.value = record
  })

  async function send(values: Values, submit: boolean): Promise<void> {
    const { key, content } = draft
    if (busy.value || !key.value || !session.known || !card.value) return
    busy.value = submit ? 'submit' : 'save'
    problem.value = null
    try {
      await draft.flush()
      wakeUploads()
      const { term_id, student_id } = subject
      const { base, evidence, send_id } = content.value
      const visibility = subject.visibility?.() ?? (record?.visibility as Visibility | undefined)
      const about = { term_id, student_id, kind: kind.id, visibility }
      const report: ReportRequest = { ...about, base, values, evidence, submit }
      const request: StoredReport = { ...report, owner: key.value }
      const form = { key: key.value, account: session.known.account.id, card: card.value.id, title: kind.title }
      const outcome = await sendForm({ ...form, path: subject.path, sender: SENDER, request, id: send_id })
      if (outcome.kind === 'sent') await finished(outcome.answer as Record, submit)
      if (outcome.kind === 'refused') await refused(outcome.problem)
    } finally {
      busy.value = null
    }
  }

  async function finished(answer: Record | null, submitted: boolean): Promise<void> {
    await draft.discard()
    sent(answer, submitted)
  }

  async function refused(found: ApiProblem): Promise<void> {
    if (draft.key.value) await takeBack(draft.key.value)
    const { base } = draft.content.value
    if (!base || !CHANGED.includes(found.code)) {
      problem.value = found
      return
    }
    try {
      const params = { path: { record_id: base.id } }
      const now = await data(records.GET('/records/{record_id}', { params }))
      if (now.version === base.version) problem.value = found
      else theirs.value = now
    } catch (error) {
      problem.value = problemOf(error)
    }
  }

  /** Goes on with the chosen values on top of the record as it is now. */
  function settle(values: Values, files: 'mine' | 'theirs'): void {
    const now = theirs.value
    if (!now) return
    const { content } = draft
    content.value = {
      values,
      evidence: files === 'mine' ? content.value.evidence : filesOf(now),
      base: baseOf(now),
      send_id: uuid(),
    }
    theirs.value = null
  }

  /** Takes a form that waits back, to change it. */
  async function change(): Promise<void> {
    const held = waiting.value
    if (!held) return
    problem.value = refusalOf(held)
    await takeBack(held.key)
  }

  /** Throws away what is written here, and the record itself if it is a draft at the service. */
  async function remove(): Promise<void> {
    const { base } = draft.content.value
    if (draft.key.value) await removeUploadsOf(draft.key.value)
    if (base?.state === 'draft') {
      await data(records.DELETE('/records/{record_id}', { params: { path: { record_id: base.id } } }))
      void queryClient.invalidateQueries({ queryKey: ['records'] })
    }
    await draft.discard()
  }

  watch(draft.key, (key) => key && void restoreUploads(key), { immediate: true })
  // What waited was sent while this page was open: by this tab or by another.
  watch(waiting, async (now, before) => {
    if (!before || now || busy.value || problem.value) return
    if (draft.key.value && (await draftAt(draft.key.value)) === null) {
      await finished(null, (before.request as StoredReport).submit)
    }
  })

  return { draft, busy, problem, theirs, waiting, send, settle, change, remove }
}

/** Sends a report that was stored on this device, see `drafts/waiting`. Loaded by the app when something waits. */
import { data, ifMatch, records } from '@/api/client'
import { ApiProblem } from '@/api/problem'
import { queryClient } from '@/data/queries'
import { removeDraft } from '@/drafts'
import { nudge, registerSender } from '@/drafts/waiting'
import { itemsOf } from '@/upload/items'
import { removeUploadsOf, restoreUploads, settled, uploadAgain } from '@/upload/queue'
import { watch } from 'vue'
import type { Record, ReportRequest } from './content'

export const SENDER = 'report'
/** Codes with which a service says that it does not have a file any more. */
const LOST_FILE = ['file_missing', 'file_refused']

export interface StoredReport extends ReportRequest {
  /** Key of the draft whose files are sent with it. */
  owner: string
}

const keyed = (id: string) => ({ 'Idempotency-Key': id })

async function send(request: unknown, id: string): Promise<{ answer: Record } | undefined> {
  const report = request as StoredReport
  await restoreUploads(report.owner)
  const items = itemsOf(report.evidence)
  if (items.failed)
    throw new ApiProblem({ title: `${items.failed} 个文件没有传上去`, status: 422, code: 'files_failed' })
  if (!items.ids) return undefined
  try {
    const answer = await sent(report, items.ids, id)
    await removeUploadsOf(report.owner)
    await removeDraft(report.owner)
    void queryClient.invalidateQueries({ queryKey: ['records'] })
    return { answer }
  } catch (error) {
    if (isLost(error, report, items.ids)) {
      uploadAgain([error.document.field ?? ''])
      return undefined
    }
    throw error
  }
}

/** Forms whose files were sent a second time already: a file that is refused again stays refused. */
const resent = new Set<string>()

/** Unused files are kept for a day; a form that is sent later sends them again, once. */
function isLost(error: unknown, report: StoredReport, ids: string[]): error is ApiProblem {
  if (!(error instanceof ApiProblem) || !LOST_FILE.includes(error.code) || resent.has(report.owner)) return false
  if (!ids.includes(error.document.field ?? '')) return false
  resent.add(report.owner)
  return true
}

async function sent(report: StoredReport, evidence: string[], id: string): Promise<Record> {
  const content = { data: report.values, evidence, visibility: report.visibility ?? null }
  const { base } = report
  if (!base) {
    const { term_id, kind, student_id, submit } = report
    const body = { ...content, term_id, kind, student_id, submit }
    return data(records.POST('/records', { body, headers: keyed(id) }))
  }
  const params = { path: { record_id: base.id } }
  const headers = { ...ifMatch(base.version), ...keyed(`${id}-${base.version}`) }
  if (base.state === 'amending') {
    return data(records.PUT('/records/{record_id}/amendment', { params, body: content, headers }))
  }
  if (base.state === 'approved') {
    return data(records.PUT('/records/{record_id}/revision', { params, body: content, headers }))
  }
  const changed = await data(records.PUT('/records/{record_id}', { params, body: content, headers }))
  if (!report.submit) return changed
  const again = { ...ifMatch(changed.version), ...keyed(`${id}-${base.version}-submit`) }
  return data(records.POST('/records/{record_id}/submission', { params, headers: again }))
}

registerSender(SENDER, send)
watch(settled, nudge)

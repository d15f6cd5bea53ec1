/** The way of a case as steps: what was, what is now, what lies ahead, and how the record was changed. */
import { formatDay, formatMoment, formatUntil } from '@/ui/format'
import type { Moment } from '@/ui/Timeline.vue'
import type { CaseDetail } from './cases'

type Coming = CaseDetail['coming'][number]

function until(stage: Coming): string | null {
  if (stage.due_at) return `最迟 ${formatUntil(stage.due_at, true)}`
  if (stage.begins_at) return `${formatMoment(stage.begins_at)} 开始`
  if (stage.within_working_days !== null) return `${stage.within_working_days} 个工作日内`
  return stage.within_days === null ? null : `${stage.within_days} 天内`
}

/** Whom an open case waits for, or from when on. */
export function waiting(one: CaseDetail): string {
  if (one.begun) return `等${one.waits_for_title}处理`
  const begins = one.coming[0]?.begins_at
  return `${begins ? `${formatMoment(begins)} 起` : '到时'}由${one.waits_for_title}处理`
}

const lines = (...all: (string | null | undefined)[]) => all.filter((line): line is string => Boolean(line))

export function momentsOf(one: CaseDetail): Moment[] {
  const past = one.history.map((step, at) => ({
    id: `${step.no}-${step.action}-${at}`,
    title: at === 0 ? `收到${one.case_type_title}` : step.stage_title,
    lines: lines(
      at === 0 ? null : `${step.actor_title}：${step.action_title}`,
      at === 0 ? formatDay(step.at) : formatMoment(step.at),
    ),
    state: 'done' as const,
  }))
  const ahead = one.coming.map((stage) => ({
    id: stage.stage,
    title: stage.title,
    lines: lines(
      stage.state === 'now' && one.begun ? `等${one.waits_for_me ? '您' : stage.who}处理` : `由${stage.who}办理`,
      until(stage),
    ),
    state: stage.state,
  }))
  const end: Moment = one.closed_at
    ? { id: 'end', title: '办结', lines: lines(one.outcome_title, formatMoment(one.closed_at)), state: 'done' }
    : { id: 'end', title: '结果', lines: ['双方都会收到结果和理由'], state: 'ahead' }
  return [...past, ...ahead, end]
}

/** In one line for the phone: the stage before, the present one and what follows. */
export function stepsOf(one: CaseDetail): { steps: { id: string; title: string; note?: string }[]; current: string } {
  const end = { id: 'end', title: '结果', note: one.outcome_title ?? undefined }
  if (one.closed_at) {
    const last = one.history[one.history.length - 1]
    const first = { id: 'begun', title: `收到${one.case_type_title}`, note: formatDay(one.opened_at) }
    const steps = last && one.history.length > 1 ? [first, { id: 'last', title: last.stage_title }, end] : [first, end]
    return { steps, current: 'end' }
  }
  const last = one.history[one.history.length - 1]
  const before = last && one.history.length > 1 ? [{ id: 'last', title: last.stage_title, note: '已处理' }] : []
  const ahead = one.coming.map((stage) => ({
    id: stage.stage,
    title: stage.title,
    // From when on it waits stands below the steps.
    note: stage.state === 'now' ? (one.begun ? '现在' : undefined) : (until(stage) ?? undefined),
  }))
  return { steps: [...before, ...ahead].slice(0, 4), current: one.stage }
}

/** The fields whose words differ. */
export function changes(before: CaseDetail['before'], after: CaseDetail['before']) {
  const old = new Map(before.fields.map((field) => [field.id, field]))
  const now = new Map(after.fields.map((field) => [field.id, field]))
  const ids = [...new Set([...old.keys(), ...now.keys()])]
  const found = ids
    .filter((id) => old.get(id)?.shown !== now.get(id)?.shown)
    .map((id) => ({
      id,
      label: (now.get(id) ?? old.get(id))?.title ?? '',
      before: old.get(id)?.shown ?? null,
      after: now.get(id)?.shown ?? null,
    }))
  const files = (record: CaseDetail['before']) => record.evidence.map(({ evidence_id }) => evidence_id).join()
  if (files(before) !== files(after)) {
    const count = (record: CaseDetail['before']) => `${record.evidence.length} 个文件`
    found.push({ id: 'files', label: '材料', before: count(before), after: `${count(after)}，有更换` })
  }
  return found
}

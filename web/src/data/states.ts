/** The words for the states of records and of published entries, with the scheme's verbs. */
import { computed, type ComputedRef } from 'vue'
import { useScheme } from './queries'
import { useTexts } from './texts'

/** By state, as the services name it (`draft`, `submitted`, …). */
export type StateWords = Record<string, string>

export function useStateWords(): ComputedRef<StateWords> {
  const texts = useTexts()
  return computed(() => ({
    draft: texts.value.draft,
    waiting: '等待网络',
    submitted: '待审核',
    returned: `已${texts.value.return}`,
    approved: `已${texts.value.approve}`,
    eligible: `可${texts.value.select}`,
    selected: `已${texts.value.select}`,
    published: `${texts.value.publicity}中`,
    amending: '待修正',
    escalated: texts.value.case,
    withheld: '暂不公示',
    cleared: `${texts.value.publicity}通过`,
    archived: '已归档',
    excluded: '审核不通过',
    voided: '已作废',
  }))
}

/** The same for what the school entered: where students confirm it, the states are theirs (SH-07). */
export function useEnteredWords(): ComputedRef<StateWords> {
  const words = useStateWords()
  const scheme = useScheme()
  return computed(() => {
    const { confirm, refuse } = (scheme.data.value as { texts?: Record<string, string> } | undefined)?.texts ?? {}
    const confirmed = confirm && refuse && { submitted: `待${confirm}`, returned: refuse, approved: `已${confirm}` }
    return { ...words.value, ...(confirmed || {}) }
  })
}

/** The word for the state of a record. */
export function useRecordWord(): ComputedRef<(record: { state: string; origin: string }) => string> {
  const own = useStateWords()
  const entered = useEnteredWords()
  return computed(
    () =>
      ({ state, origin }) =>
        (origin === 'entered' ? entered : own).value[state] ?? state,
  )
}

/** The words for what was done to a record, by the names of the history (`records.domain.state.Move`). */
export function useMoveWords(): ComputedRef<Record<string, string>> {
  const texts = useTexts()
  return computed(() => ({
    create: '写好草稿',
    mend: '修改',
    submit: texts.value.submit,
    withdraw: '撤回',
    categorise: '修改分类',
    share: '修改公开范围',
    pass: `${texts.value.approve}，交下一步`,
    escalate: '逾期，转交办理',
    approve: texts.value.approve,
    return: texts.value.return,
    reimport: '重新导入',
    ask: `收到${texts.value.complaint}`,
    amend: `按${texts.value.complaint}修改`,
    settle: `${texts.value.complaint}办结`,
    revise: `再次${texts.value.submit}`,
    unmended: `逾期未改，转为${texts.value.case}`,
    enter_missing: `按${texts.value.complaint}补录`,
    put_back: '恢复修改前的内容',
    release: '解除',
    void: '作废',
    restore: '恢复',
  }))
}

/**
 * Keeps what is written in a form on this device: stored while one writes and when the page hides, restored after a reload, a
 * killed browser or an ended session. Two tabs with one draft hear of each other; none overwrites the other without asking.
 */
import {
  computed,
  nextTick,
  onScopeDispose,
  readonly,
  ref,
  toRaw,
  toValue,
  watch,
  type MaybeRefOrGetter,
  type Ref,
} from 'vue'
import { uuid } from '@/api/client'
import { card, session } from '@/app/session'
import { get, putAtOnce, putIfNewer, remove, type Draft } from './db'

const DELAY = 400
const tab = uuid()
const CHANNEL = 'zp-drafts'

type TabMessage = { key: string; tab: string; kind: 'open' | 'here' | 'saved' | 'closed' | 'removed' }

/** `changed`, `removed`: another tab stored or removed it while something was written here; the user has to choose. */
export type Elsewhere = 'none' | 'open' | 'changed' | 'removed'

export interface DraftState<T> {
  /** What the form edits. It is `empty()` until `ready`. */
  content: Ref<T>
  ready: Readonly<Ref<boolean>>
  /** Whether the content came from an earlier draft. */
  restored: Readonly<Ref<boolean>>
  saving: Readonly<Ref<boolean>>
  savedAt: Readonly<Ref<number | null>>
  elsewhere: Readonly<Ref<Elsewhere>>
  /** What the other tab wrote, where `elsewhere` is `changed`. */
  other: Readonly<Ref<T | null>>
  key: Readonly<Ref<string | null>>
  /** Stores what is written now. */
  flush: () => Promise<void>
  /** Removes the draft and forgets what is written, such as after it was sent. */
  discard: () => Promise<void>
  /** Resolves `changed` and `removed`: goes on with this tab's content, or with the other's. */
  choose: (whose: 'mine' | 'other') => Promise<void>
}

/** Forms that are open in this tab, so that clearing the drafts of an account also forgets what they have not stored yet. */
const openForms = new Set<(account: string) => void>()

/** Lets the open forms of this account, in all tabs, forget what is written: nothing of it is stored any more. */
export function forgetOpen(account: string, keys: string[]): void {
  for (const forget of openForms) forget(account)
  if (!('BroadcastChannel' in self)) return
  const channel = new BroadcastChannel(CHANNEL)
  for (const key of keys) channel.postMessage({ key, tab, kind: 'removed' } satisfies TabMessage)
  channel.close()
}

/** The key of a form's draft: of one account, as one card. */
export function draftKey(account: string, cardId: string, form: string): string {
  return `${account}/${cardId}/${form}`
}

function plain<T>(value: T): T {
  return JSON.parse(JSON.stringify(toRaw(value))) as T
}

/**
 * form: names the form and what it is about, such as `record:<id>`; null: not known yet. empty: what a form without a draft
 * begins with, such as the record as the service has it. title: for lists of drafts.
 */
export function useDraft<T extends object>(
  form: MaybeRefOrGetter<string | null>,
  empty: () => T,
  title: () => string,
): DraftState<T> {
  const content = ref(empty()) as Ref<T>
  const ready = ref(false)
  const restored = ref(false)
  const saving = ref(false)
  const savedAt = ref<number | null>(null)
  const elsewhere = ref<Elsewhere>('none')
  const other = ref<T | null>(null) as Ref<T | null>
  const key = computed(() => {
    const name = toValue(form)
    const account = session.known?.account.id
    return name && account && card.value ? draftKey(account, card.value.id, name) : null
  })
  /** Where the present content belongs: it changes only when another draft was loaded. */
  let at: { key: string; account: string; card: string; form: string } | null = null
  let revision = 0
  /** The content as it is stored, or as it began: what equals it needs no storing. */
  let kept = ''
  let timer: ReturnType<typeof setTimeout> | undefined
  let running: Promise<void> = Promise.resolve()
  const channel = 'BroadcastChannel' in self ? new BroadcastChannel(CHANNEL) : null
  /** The form has been left; what was still being stored tells nobody any more. */
  let gone = false

  function tell(kind: TabMessage['kind']) {
    if (at && !gone) channel?.postMessage({ key: at.key, tab, kind } satisfies TabMessage)
  }

  function take(found: T) {
    content.value = found
    kept = JSON.stringify(found)
  }

  const isDirty = () => JSON.stringify(content.value) !== kept

  async function load(to: string | null) {
    clearTimeout(timer)
    await flush()
    tell('closed')
    ready.value = restored.value = false
    at = null
    revision = 0
    savedAt.value = other.value = null
    elsewhere.value = 'none'
    const account = session.known?.account.id
    if (!to || !account || !card.value) return take(empty())
    const next = { key: to, account, card: card.value.id, form: toValue(form) ?? '' }
    const found = await get('drafts', to)
    if (key.value !== to) return // switched meanwhile
    at = next
    if (found) adopt(found)
    else take(empty())
    restored.value = Boolean(found)
    ready.value = true
    tell('open')
  }

  function adopt(found: Draft) {
    revision = found.revision
    savedAt.value = found.saved_at
    // What a later release added to the form begins empty.
    take({ ...empty(), ...(found.content as T) })
  }

  function flush(): Promise<void> {
    clearTimeout(timer)
    return (running = running.then(store))
  }

  /** What there is to store; null: nothing, or the user has to choose first. */
  function unsaved(): Draft | null {
    if (!at || !isDirty() || elsewhere.value === 'changed' || elsewhere.value === 'removed') return null
    const now = Date.now()
    return { ...at, title: title(), content: plain(content.value), revision: revision + 1, saved_at: now }
  }

  function stored(draft: Draft) {
    revision = draft.revision
    savedAt.value = draft.saved_at
    kept = JSON.stringify(draft.content)
    tell('saved')
  }

  async function store() {
    const draft = unsaved()
    if (!draft) return
    saving.value = true
    const answer = await putIfNewer(draft, revision)
    saving.value = false
    if (answer.ok) stored(draft)
    else disagree(answer.found)
  }

  /** Stores while the page goes away. */
  function storeAtOnce() {
    clearTimeout(timer)
    const draft = unsaved()
    if (!draft) return
    if (!saving.value && putAtOnce(draft)) stored(draft)
    else void flush()
  }

  function disagree(found: Draft | null) {
    elsewhere.value = found ? 'changed' : 'removed'
    other.value = found ? (found.content as T) : null
  }

  async function choose(whose: 'mine' | 'other') {
    if (!at) return
    const found = await get('drafts', at.key)
    elsewhere.value = 'open'
    other.value = null
    if (whose === 'other') {
      if (found) adopt(found)
      else {
        revision = 0
        take(empty())
      }
      return
    }
    revision = found?.revision ?? 0
    kept = ''
    await flush()
  }

  async function discard() {
    clearTimeout(timer)
    await running
    const gone = at
    take(empty())
    revision = 0
    savedAt.value = null
    restored.value = false
    if (!gone) return
    await remove('drafts', gone.key)
    tell('removed')
  }

  channel?.addEventListener('message', (event: MessageEvent<TabMessage>) => {
    const told = event.data
    if (!at || told.key !== at.key || told.tab === tab) return
    if (told.kind === 'open') tell('here')
    if ((told.kind === 'open' || told.kind === 'here') && elsewhere.value === 'none') elsewhere.value = 'open'
    if (told.kind === 'closed' && elsewhere.value === 'open') elsewhere.value = 'none'
    if (told.kind === 'saved') void follow()
    if (told.kind === 'removed') disagree(null)
  })

  /** Another tab stored the draft: shown here too, unless something else is written here. */
  async function follow() {
    if (!at) return
    const found = await get('drafts', at.key)
    if (!found || found.revision === revision) return
    if (isDirty()) return disagree(found)
    adopt(found)
    await nextTick()
  }

  const forget = (account: string) => {
    if (at?.account !== account) return
    clearTimeout(timer)
    at = null
    revision = 0
    take(empty())
  }
  openForms.add(forget)
  watch(key, (to) => void load(to), { immediate: true })
  watch(
    content,
    () => {
      if (!ready.value) return
      clearTimeout(timer)
      timer = setTimeout(() => void flush(), DELAY)
    },
    { deep: true },
  )
  const hide = storeAtOnce
  const hidden = () => document.visibilityState === 'hidden' && hide()
  // While a page hides, the database answers no more; before a reload or another site is loaded it may, or may not.
  window.addEventListener('beforeunload', hide)
  window.addEventListener('pagehide', hide)
  document.addEventListener('visibilitychange', hidden)
  onScopeDispose(() => {
    openForms.delete(forget)
    window.removeEventListener('beforeunload', hide)
    window.removeEventListener('pagehide', hide)
    document.removeEventListener('visibilitychange', hidden)
    void flush().then(() => {
      tell('closed')
      gone = true
      channel?.close()
    })
  })

  return {
    content,
    ready: readonly(ready),
    restored: readonly(restored),
    saving: readonly(saving),
    savedAt: readonly(savedAt),
    elsewhere: readonly(elsewhere),
    other: other as Readonly<Ref<T | null>>,
    key: readonly(key),
    flush,
    discard,
    choose,
  }
}

/**
 * The queue of the review desk: the records of a filter, which of them is open, and what comes next. State, kind and dimension
 * stand in the address; a name that is searched for does not, and is sent in a body.
 */
import { useInfiniteQuery, useQuery } from '@tanstack/vue-query'
import { computed, ref, watch } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import { data, records } from '@/api/client'
import type { components } from '@/api/generated/records'
import { card } from '@/app/session'
import { queryClient, useTerm } from '@/data/queries'
import { pictureSource, recordFiles } from '@/upload/sources'
import { useQueryParam } from '@/ui/address'
import { decisions } from './decisions'

export type Line = components['schemas']['RecordLine']
export type FullRecord = components['schemas']['RecordView']
type Search = components['schemas']['SearchIn']

const PAGE = 50
/** Records before which the next page is fetched, and which are read in advance. */
const AHEAD = 8

export function recordQuery(id: string) {
  return {
    queryKey: ['records', 'record', id],
    queryFn: () => data(records.GET('/records/{record_id}', { params: { path: { record_id: id } } })),
    staleTime: 60_000,
  }
}

export const search = (body: Partial<Search>) =>
  data(records.POST('/records/search', { body: { waiting: false, limit: PAGE, ...body } }))

export function useQueue() {
  const term = useTerm()
  const state = useQueryParam('state')
  const kind = useQueryParam('kind')
  const dimension = useQueryParam('dimension')
  const open = useQueryParam('record')
  const named = ref('')
  /** Only these: what a bulk left over. */
  const only = ref<readonly Line[] | null>(null)
  const route = useRoute()
  const router = useRouter()
  const waiting = computed(() => !state.value)

  const narrowed = computed(() => ({
    path: card.value?.path ?? null,
    dimension: dimension.value || null,
    q: named.value || null,
  }))
  /** What the list shows, without the page: also what all that the filter finds is. */
  const filter = computed<Partial<Search>>(() => ({
    ...narrowed.value,
    kind: kind.value || null,
    ...(waiting.value
      ? { waiting: true }
      : { state: state.value as Search['state'], term_id: term.data.value?.id ?? null }),
  }))
  const list = useInfiniteQuery({
    queryKey: ['records', 'review', filter],
    queryFn: ({ pageParam }) => search({ ...filter.value, cursor: pageParam }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next ?? undefined,
    enabled: computed(() => waiting.value || term.data.value !== undefined),
  })
  const all = useQuery({
    queryKey: ['records', 'review-counts', narrowed, kind, computed(() => term.data.value?.id)],
    queryFn: () =>
      search({ ...narrowed.value, kind: kind.value || null, term_id: term.data.value?.id ?? null, limit: 1 }),
    enabled: computed(() => Boolean(term.data.value)),
  })
  const mine = useQuery({
    queryKey: ['records', 'review-counts', 'waiting', narrowed, kind],
    queryFn: () => search({ ...narrowed.value, kind: kind.value || null, waiting: true, limit: 1 }),
  })

  const lines = computed<readonly Line[]>(
    () => only.value ?? list.data.value?.pages.flatMap((page) => page.items) ?? [],
  )
  /** What is still to be decided, and what was decided but not sent; what was sent is gone. */
  const shown = computed(() =>
    waiting.value ? lines.value.filter(({ id }) => decisions.get(id)?.status !== 'done') : lines.value,
  )
  const undecided = computed(() =>
    waiting.value
      ? shown.value.filter(({ id }) => !decisions.has(id) || decisions.get(id)?.status === 'refused')
      : shown.value,
  )
  const decidedOfList = computed(() =>
    waiting.value
      ? lines.value.filter(({ id }) => decisions.has(id) && decisions.get(id)?.status !== 'refused').length
      : 0,
  )
  const kinds = computed(() => list.data.value?.pages[0]?.kinds ?? {})
  const counts = computed(() => ({
    waiting: Math.max(0, (mine.data.value?.states.submitted ?? 0) - decidedOfList.value),
    returned: all.data.value?.states.returned ?? 0,
    approved: all.data.value?.states.approved ?? 0,
  }))
  /** How many the filter finds, also those of pages that were not read. */
  const total = computed(() => {
    if (only.value) return undecided.value.length
    const states = list.data.value?.pages[0]?.states ?? {}
    return waiting.value
      ? Math.max(undecided.value.length, (states.submitted ?? 0) - decidedOfList.value)
      : (states[state.value] ?? shown.value.length)
  })

  const line = computed(
    () => shown.value.find(({ id }) => id === open.value) ?? undecided.value[0] ?? shown.value[0] ?? null,
  )
  const place = computed(() => (line.value ? undecided.value.indexOf(line.value) : -1))
  const record = useQuery({
    queryKey: ['records', 'record', computed(() => line.value?.id)],
    queryFn: () => recordQuery(line.value?.id ?? '').queryFn(),
    enabled: computed(() => line.value !== null),
    staleTime: 60_000,
  })

  function go(by: 1 | -1) {
    const at = line.value ? shown.value.indexOf(line.value) : -1
    const next = shown.value[at + by]
    if (next) open.value = next.id
  }
  /** The record after the open one that is still to be decided, or the first one. */
  function following(): Line | null {
    const at = line.value ? shown.value.indexOf(line.value) : -1
    const free = (one: Line) => undecided.value.includes(one) && one !== line.value
    return shown.value.slice(at + 1).find(free) ?? shown.value.find(free) ?? null
  }
  /** Changes what the list shows, in one step of the address; the first record is open then. */
  function narrow(filter: { kind: string; dimension: string }) {
    const query: Record<string, string> = {}
    for (const [name, value] of Object.entries({ state: state.value, ...filter })) if (value) query[name] = value
    only.value = null
    void router.replace({ query, hash: route.hash })
  }
  function widen() {
    named.value = ''
    narrow({ kind: '', dimension: '' })
  }
  function show(id: string | null) {
    open.value = id ?? ''
  }

  /** Reads what comes next, so that nobody waits for it: records, and the pictures of the next one. */
  watch(
    [line, lines],
    () => {
      const at = line.value ? lines.value.indexOf(line.value) : -1
      const next = lines.value.slice(at + 1, at + 1 + AHEAD)
      next.forEach(({ id }, index) => {
        void queryClient
          .fetchQuery(recordQuery(id))
          .then((found) => (index === 0 ? warm(found) : undefined))
          .catch(() => undefined)
      })
      if (list.hasNextPage.value && !list.isFetchingNextPage.value && at >= lines.value.length - AHEAD)
        void list.fetchNextPage()
    },
    { immediate: true },
  )

  return {
    widen,
    narrow,
    only,
    state,
    kind,
    dimension,
    named,
    waiting,
    filter,
    list,
    lines,
    shown,
    undecided,
    kinds,
    counts,
    total,
    line,
    place,
    record,
    go,
    following,
    show,
  }
}

/** Asks for the first pictures of a record before it is opened. */
function warm(record: FullRecord): void {
  const source = pictureSource(recordFiles)
  for (const { evidence_id, media_type } of record.evidence.slice(0, 2)) {
    const kind = media_type.startsWith('image/') ? 'image' : media_type === 'application/pdf' ? 'pdf' : 'other'
    void source({ id: evidence_id, title: '', kind }, 1, 'whole')
      .then((address) => {
        if (address) new Image().src = address
      })
      .catch(() => undefined)
  }
}

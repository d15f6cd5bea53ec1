/** What the home screens show: every service answers `GET /home` for the present card, in one shape. */
import { useQuery, type QueryClient } from '@tanstack/vue-query'
import { computed, ref, watch, type Ref } from 'vue'
import { archive, data, identity, importer, notify, publicity, records } from '@/api/client'
import type { components } from '@/api/generated/records'
import { card } from '@/app/session'
import type { HomeWindow, Todo } from './todo'

type Counter = components['schemas']['Counter']

const services = {
  identity: () => data(identity.GET('/home')),
  records: () => data(records.GET('/home')),
  publicity: () => data(publicity.GET('/home')),
  archive: () => data(archive.GET('/home')),
  import: () => data(importer.GET('/home')),
  notify: () => data(notify.GET('/home')),
}
export type HomeService = keyof typeof services
export type HomeOf<Name extends HomeService> = Awaited<ReturnType<(typeof services)[Name]>>

/** The services that know windows and tasks. */
const DESK = ['records', 'publicity', 'archive', 'import', 'identity'] as const

/** Asks for what a home screen shows before it is drawn. */
export function askHomes(queries: QueryClient): void {
  for (const service of DESK) {
    void queries.prefetchQuery({
      queryKey: [service, 'home', card.value?.id],
      queryFn: services[service] as () => unknown,
    })
  }
}

/** One service's part of the home screen. */
export function useHome<Name extends HomeService>(service: Name) {
  return useQuery<HomeOf<Name>>({
    queryKey: [service, 'home', computed(() => card.value?.id)],
    queryFn: services[service] as () => Promise<HomeOf<Name>>,
    enabled: computed(() => card.value !== null),
  })
}

/** How long a home screen waits for services that are slower than the one that matters most (ms). */
const PATIENCE = 1000

type AnyHome = { now?: HomeWindow[]; next?: HomeWindow[]; todo?: Todo[]; counters?: Counter[] }
/** Two services may tell of one window: entering and importing often share it. */
const once = (windows: HomeWindow[]) => [...new Map(windows.map((one) => [one.operation + one.term_id, one])).values()]
const time = (moment: string | null, none: number) => (moment ? Date.parse(moment) : none)

/** What is open and what comes, what waits, and how far things are: of all services that know windows and tasks. */
export function useAllHomes() {
  const homes = DESK.map((service) => useHome(service))
  const gathered = <T>(pick: (home: AnyHome) => T[] | undefined) =>
    computed(() => homes.flatMap(({ data: home }) => (home.value ? (pick(home.value as AnyHome) ?? []) : [])))
  const open = gathered((home) => home.now)
  const coming = gathered((home) => home.next)
  const counters = gathered((home) => home.counters)
  return {
    /** What closes first stands first; what no moment limits comes last. */
    now: computed(() => once(open.value).sort((a, b) => time(a.closes_at, Infinity) - time(b.closes_at, Infinity))),
    next: computed(() => once(coming.value).sort((a, b) => time(a.opens_at, 0) - time(b.opens_at, 0))),
    todo: gathered((home) => home.todo),
    /** Of the card's organisation as a whole; those of its parts stand in tables. */
    counters: computed(() => counters.value.filter(({ path, of }) => of > 0 && (!path || path === card.value?.path))),
    /** Nothing has come yet. */
    empty: computed(() => homes.every(({ data: home }) => home.value === undefined)),
    /** Every service has answered, or cannot. */
    settled: computed(() => homes.every(({ data: home, error }) => home.value !== undefined || error.value !== null)),
    loading: computed(() => homes.some(({ data: home }) => home.value === undefined)),
    failed: computed(() => homes.some(({ error }) => error.value !== null)),
    refetch: () => Promise.all(homes.map((home) => home.refetch())),
  }
}

/**
 * The query of a home screen: its data is there when all services have answered, so that nothing moves when one of them comes
 * later; a slow one is not waited for. `ready`: whether what the screen has beside is there, too.
 */
export function withAllHomes<T, Query extends { data: Ref<T | undefined> }>(
  main: Query & { data: Ref<T | undefined> },
  ready: () => boolean = () => true,
) {
  const { settled } = useAllHomes()
  const late = ref(false)
  watch(
    () => main.data.value !== undefined,
    (came) => came && setTimeout(() => (late.value = true), PATIENCE),
    { immediate: true },
  )
  return { ...main, data: computed(() => ((settled.value && ready()) || late.value ? main.data.value : undefined)) }
}

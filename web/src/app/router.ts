import { nextTick, ref } from 'vue'
import { createRouter, createWebHistory, type RouteRecordRaw } from 'vue-router'
import { limitPages } from '@/data/todo'
import { can, type Capability } from './capabilities'
import { mayOpen, startOf } from './navigation'
import { acting, card, session } from './session'
import { reload, reloadIfOutdated } from './version'

declare module 'vue-router' {
  interface RouteMeta {
    /** Shown in the browser's tab and as the page's heading. */
    title: string
    /** Who need not be signed in. */
    open?: boolean
    /** No card is needed: account, cards, help. */
    cardless?: boolean
    /** Cards with one of these capabilities have this page; without it, all. */
    may?: readonly Capability[]
    /** Path of the navigation's entry that this page belongs to, where its own path does not begin with it. */
    tab?: string
    /** On the phone the page has a dock of its own instead of the tabs. */
    dock?: boolean
    /** The page draws everything itself: no shell. */
    bare?: boolean
    /** The page that stands in for one that does not exist. */
    missing?: boolean
  }
}

/** Every area exports its `routes`; a new area needs no line here. */
const areas = import.meta.glob<{ routes: RouteRecordRaw[] }>('../features/*/routes.ts', { eager: true })

export const router = createRouter({
  history: createWebHistory(),
  routes: [
    { path: '/', name: 'start', component: () => import('./MissingPage.vue'), meta: { title: '首页', cardless: true } },
    ...Object.values(areas).flatMap((area) => area.routes),
    {
      path: '/:rest(.*)*',
      component: () => import('./MissingPage.vue'),
      meta: { title: '没有这一页', cardless: true, missing: true },
    },
  ],
  scrollBehavior: (to, from, saved) => {
    // On a PC `main` scrolls, not the window. Back finds the place again.
    const place = saved ? places.get(position()) : undefined
    if (place !== undefined) void nextTick(() => document.getElementById('main')?.scrollTo({ top: place }))
    return saved ?? (to.path === from.path ? false : { top: 0 })
  },
})

limitPages((path) => mayOpen(router, path, acting.value))

/** How far `main` was scrolled, by position in the history. */
const places = new Map<number, number>()
let here = position()

function position(): number {
  return (window.history.state as { position?: number } | null)?.position ?? 0
}

/** The page whose files could not be loaded. */
export const broken = ref<string | null>(null)

/** Loads the broken page anew; some browsers remember that a file failed. */
export function retryBroken(): void {
  if (broken.value) void reload(broken.value)
}

router.onError((_error, to) => {
  void reloadIfOutdated(to.fullPath).then((reloading) => {
    if (!reloading) broken.value = to.fullPath
  })
})

router.beforeEach((to) => {
  const main = document.getElementById('main')
  if (main) places.set(here, main.scrollTop)
  broken.value = null
  if (!to.meta.open && session.status === 'anonymous') {
    return { path: '/sign-in', query: to.fullPath === '/' ? {} : { next: to.fullPath } }
  }
  if (to.meta.open || !session.known) return true
  if (session.known.must_change_password) return '/set-password'
  if (!card.value && !to.meta.cardless) return { path: '/cards', query: { next: to.fullPath } }
  if (to.name === 'start') return card.value ? startOf(router, acting.value) : '/cards'
  if (to.meta.may && card.value && !can(acting.value, ...to.meta.may)) {
    return { path: '/other-card', query: { next: to.fullPath } }
  }
  return true
})

router.afterEach((to, from, failure) => {
  here = position()
  document.title = `${to.meta.title} · 综合素质评价`
  if (failure || from.matched.length === 0 || to.path === from.path) return
  // Readers of the screen hear the new page's heading; others see no difference.
  void nextTick(() => document.querySelector<HTMLElement>('h1[tabindex]')?.focus({ preventScroll: true }))
})

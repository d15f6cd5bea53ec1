import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  {
    path: '/scheme-versions',
    component: () => import('./VersionsPage.vue'),
    meta: { title: '方案版本', may: ['adopt_schemes'] },
  },
  {
    path: '/scheme-versions/:scheme/:from/:to',
    component: () => import('./ChangePage.vue'),
    meta: { title: '新版本', may: ['adopt_schemes'], tab: '/scheme-versions' },
  },
]

import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  {
    path: '/terms',
    component: () => import('./TermsPage.vue'),
    meta: { title: '学期安排', may: ['plan_terms'] },
  },
]

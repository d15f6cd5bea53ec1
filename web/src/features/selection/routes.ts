import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  {
    path: '/selection',
    component: () => import('./SelectionPage.vue'),
    meta: { title: '遴选', may: ['act_for_student'] },
  },
]

import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  { path: '/reports', component: () => import('./ReportsPage.vue'), meta: { title: '统计报表', may: ['oversee'] } },
]

import type { RouteRecordRaw } from 'vue-router'
import type { Capability } from '@/app/capabilities'

const may: Capability[] = ['oversee_schools']

export const routes: RouteRecordRaw[] = [
  { path: '/region', component: () => import('./RegionOverview.vue'), meta: { title: '概览', may } },
  {
    path: '/progress',
    component: () => import('./ProgressPage.vue'),
    meta: { title: '记录齐全情况', may: [...may, 'plan_terms', 'judge'] },
  },
  { path: '/schools', component: () => import('./SchoolsPage.vue'), meta: { title: '学校', may } },
]

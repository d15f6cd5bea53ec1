import type { RouteRecordRaw } from 'vue-router'
import type { Capability } from '@/app/capabilities'

const SCHOOL: Capability[] = ['plan_terms', 'judge']

export const routes: RouteRecordRaw[] = [
  { path: '/overview', component: () => import('./OverviewPage.vue'), meta: { title: '概览', may: SCHOOL } },
  {
    path: '/overview/class',
    component: () => import('./ClassPage.vue'),
    props: ({ query }) => ({ path: String(query.path) }),
    meta: { title: '班级', may: SCHOOL, tab: '/overview' },
  },
  { path: '/alerts', component: () => import('./AlertsPage.vue'), meta: { title: '提醒', may: SCHOOL } },
]

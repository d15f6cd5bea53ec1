import type { RouteRecordRaw } from 'vue-router'

const SCHOOL = ['school_administrator', 'principal']

export const routes: RouteRecordRaw[] = [
  { path: '/overview', component: () => import('./OverviewPage.vue'), meta: { title: '概览', roles: SCHOOL } },
  {
    path: '/overview/class',
    component: () => import('./ClassPage.vue'),
    props: ({ query }) => ({ path: String(query.path) }),
    meta: { title: '班级', roles: SCHOOL, tab: '/overview' },
  },
  { path: '/alerts', component: () => import('./AlertsPage.vue'), meta: { title: '提醒', roles: SCHOOL } },
]

import type { RouteRecordRaw } from 'vue-router'

const above = ['district_administrator', 'city_administrator', 'province_administrator']

export const routes: RouteRecordRaw[] = [
  { path: '/region', component: () => import('./RegionOverview.vue'), meta: { title: '概览', roles: above } },
  {
    path: '/progress',
    component: () => import('./ProgressPage.vue'),
    meta: { title: '记录齐全情况', roles: [...above, 'school_administrator', 'principal'] },
  },
  { path: '/schools', component: () => import('./SchoolsPage.vue'), meta: { title: '学校', roles: above } },
]

import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  { path: '/growth', component: () => import('./FeedPage.vue'), meta: { title: '成长' } },
  { path: '/hours', component: () => import('./HoursPage.vue'), meta: { title: '时长', tab: '/growth' } },
  { path: '/criteria', component: () => import('./CriteriaPage.vue'), meta: { title: '评价标准', tab: '/growth' } },
]

import type { RouteRecordRaw } from 'vue-router'

const roles = ['student', 'guardian']

export const routes: RouteRecordRaw[] = [
  { path: '/records', component: () => import('./RecordsPage.vue'), meta: { title: '记录', roles } },
  { path: '/records/:id', component: () => import('./RecordPage.vue'), props: true, meta: { title: '记录' } },
]

import type { RouteRecordRaw } from 'vue-router'
import type { Capability } from '@/app/capabilities'

const may: Capability[] = ['act_for_student']

export const routes: RouteRecordRaw[] = [
  { path: '/records', component: () => import('./RecordsPage.vue'), meta: { title: '记录', may } },
  { path: '/records/:id', component: () => import('./RecordPage.vue'), props: true, meta: { title: '记录' } },
]

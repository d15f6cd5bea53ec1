import type { RouteRecordRaw } from 'vue-router'
import type { Capability } from '@/app/capabilities'

const may: Capability[] = ['enter']

export const routes: RouteRecordRaw[] = [
  { path: '/entry', component: () => import('./EntryPage.vue'), meta: { title: '录入', may } },
  { path: '/entry/:kind', component: () => import('./GridPage.vue'), props: true, meta: { title: '录入', may } },
  { path: '/entered', component: () => import('./EnteredPage.vue'), meta: { title: '已录', may } },
]

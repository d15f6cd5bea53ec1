import type { RouteRecordRaw } from 'vue-router'
import type { Capability } from '@/app/capabilities'

const may: Capability[] = ['import']

export const routes: RouteRecordRaw[] = [
  { path: '/imports', component: () => import('./ImportsPage.vue'), meta: { title: '导入', may } },
  {
    path: '/imports/new/:type',
    component: () => import('./NewPage.vue'),
    props: true,
    meta: { title: '导入', may },
  },
  { path: '/imports/:id', component: () => import('./BatchPage.vue'), props: true, meta: { title: '导入', may } },
]

import type { RouteRecordRaw } from 'vue-router'
import type { Capability } from '@/app/capabilities'

const may: Capability[] = ['review']

export const routes: RouteRecordRaw[] = [
  { path: '/review', component: () => import('./ReviewPage.vue'), meta: { title: '审核', may, dock: true } },
  {
    path: '/review/positions',
    component: () => import('./PositionsPage.vue'),
    meta: { title: '职务申报', may, tab: '/review' },
  },
]

import type { RouteRecordRaw } from 'vue-router'
import type { Capability } from '@/app/capabilities'

const may: Capability[] = ['act_for_student']

export const routes: RouteRecordRaw[] = [
  { path: '/positions', component: () => import('./PositionsPage.vue'), meta: { title: '职务', may } },
  {
    path: '/positions/new',
    component: () => import('./PositionPage.vue'),
    meta: { title: '申报职务', may, tab: '/positions', dock: true },
  },
  {
    path: '/positions/:id',
    component: () => import('./PositionPage.vue'),
    props: true,
    meta: { title: '职务', may, tab: '/positions', dock: true },
  },
]

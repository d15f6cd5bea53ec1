import type { RouteRecordRaw } from 'vue-router'
import type { Capability } from '@/app/capabilities'

const may: Capability[] = ['act_for_student']

export const routes: RouteRecordRaw[] = [
  {
    path: '/confirmations',
    component: () => import('./ConfirmationsPage.vue'),
    meta: { title: '确认', may, dock: true },
  },
]

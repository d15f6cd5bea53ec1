import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  {
    path: '/peer-evaluation',
    component: () => import('./PeerPage.vue'),
    meta: { title: '互评', may: ['act_as_student'], dock: true },
  },
  {
    path: '/peer-evaluation/class',
    component: () => import('./PeerClassPage.vue'),
    meta: { title: '互评进度', may: ['oversee'] },
  },
]

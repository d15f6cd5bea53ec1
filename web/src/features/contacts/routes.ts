import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  {
    path: '/contacts',
    component: () => import('./ContactsPage.vue'),
    meta: { title: '联系信息表', may: ['see_contacts'] },
  },
]

import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  {
    path: '/comments',
    component: () => import('./CommentsPage.vue'),
    meta: { title: '评语', may: ['evaluate'] },
  },
]

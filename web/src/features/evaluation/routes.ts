import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  {
    path: '/self-evaluation',
    component: () => import('./SelfEvaluationPage.vue'),
    meta: { title: '自评', roles: ['student', 'guardian'], dock: true },
  },
]

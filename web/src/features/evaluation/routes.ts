import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  {
    path: '/self-evaluation',
    component: () => import('./SelfEvaluationPage.vue'),
    meta: { title: '自评', may: ['act_for_student'], dock: true },
  },
]

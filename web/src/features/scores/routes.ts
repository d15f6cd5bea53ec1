import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  { path: '/scores', component: () => import('./ScoresPage.vue'), meta: { title: '评分', may: ['evaluate'] } },
  {
    path: '/score-consents',
    component: () => import('./ConsentsPage.vue'),
    meta: { title: '等级同意', may: ['evaluate'] },
  },
  {
    path: '/my-scores',
    component: () => import('./OwnScoresPage.vue'),
    meta: { title: '评分结果', may: ['act_for_student'] },
  },
]

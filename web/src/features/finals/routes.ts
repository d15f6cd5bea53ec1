import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  {
    path: '/final-selection',
    component: () => import('./SelectionPage.vue'),
    meta: { title: '终评', may: ['act_for_student'] },
  },
  {
    path: '/final-submissions',
    component: () => import('./SubmissionsPage.vue'),
    meta: { title: '终评审核', may: ['review'] },
  },
  {
    path: '/final-submissions/:id',
    component: () => import('./ReviewPage.vue'),
    props: true,
    meta: { title: '终评审核', may: ['review'], tab: '/final-submissions' },
  },
]

import type { RouteRecordRaw } from 'vue-router'

const roles = ['class_teacher', 'subject_teacher', 'recorder', 'school_administrator']

export const routes: RouteRecordRaw[] = [
  { path: '/review', component: () => import('./ReviewPage.vue'), meta: { title: '审核', roles, dock: true } },
  {
    path: '/review/positions',
    component: () => import('./PositionsPage.vue'),
    meta: { title: '职务申报', roles, tab: '/review' },
  },
]

import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  { path: '/home', component: () => import('./StudentHome.vue'), meta: { title: '我的综评', may: ['act_as_student'] } },
  {
    path: '/children',
    component: () => import('./GuardianHome.vue'),
    meta: { title: '孩子', may: ['act_as_guardian'] },
  },
  {
    path: '/tasks',
    component: () => import('./TasksPage.vue'),
    meta: { title: '待办', may: ['review', 'decide_cases'] },
  },
]

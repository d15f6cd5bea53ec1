import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  { path: '/home', component: () => import('./StudentHome.vue'), meta: { title: '我的综评', roles: ['student'] } },
  { path: '/children', component: () => import('./GuardianHome.vue'), meta: { title: '孩子', roles: ['guardian'] } },
  {
    path: '/tasks',
    component: () => import('./TasksPage.vue'),
    meta: { title: '待办', roles: ['class_teacher', 'auditor'] },
  },
]

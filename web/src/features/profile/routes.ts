import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  {
    path: '/me/profile',
    component: () => import('./ProfilePage.vue'),
    meta: { title: '个人信息', may: ['act_for_student'] },
  },
  {
    path: '/class/:id/profile',
    component: () => import('./ProfilePage.vue'),
    props: true,
    meta: { title: '个人信息', may: ['help_families'], tab: '/class' },
  },
  {
    path: '/people/students/:id/profile',
    component: () => import('./ProfilePage.vue'),
    props: true,
    meta: { title: '个人信息', may: ['correct_students', 'judge'], tab: '/people' },
  },
]

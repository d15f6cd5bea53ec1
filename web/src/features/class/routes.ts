import type { RouteRecordRaw } from 'vue-router'

const roles = ['class_teacher']

export const routes: RouteRecordRaw[] = [
  { path: '/class', component: () => import('./ClassPage.vue'), meta: { title: '班级', roles } },
  {
    path: '/class/passwords',
    component: () => import('./PasswordsPage.vue'),
    meta: { title: '账号条和密码', roles },
  },
  { path: '/class/:id', component: () => import('./StudentPage.vue'), props: true, meta: { title: '学生', roles } },
]

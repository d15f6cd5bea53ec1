import type { RouteRecordRaw } from 'vue-router'
import type { Capability } from '@/app/capabilities'

const may: Capability[] = ['help_families']

export const routes: RouteRecordRaw[] = [
  { path: '/class', component: () => import('./ClassPage.vue'), meta: { title: '班级', may } },
  {
    path: '/class/passwords',
    component: () => import('./PasswordsPage.vue'),
    meta: { title: '账号条和密码', may },
  },
  {
    path: '/class/:id',
    component: () => import('./StudentPage.vue'),
    props: true,
    meta: { title: '学生', may: ['help_families', 'see_records'] },
  },
]

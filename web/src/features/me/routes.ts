import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  { path: '/me', component: () => import('./MePage.vue'), meta: { title: '我的', cardless: true } },
  {
    path: '/me/password',
    component: () => import('./PasswordPage.vue'),
    meta: { title: '修改密码', cardless: true, dock: true },
  },
]

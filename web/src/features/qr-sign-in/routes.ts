import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  {
    path: '/qr-sign-in',
    component: () => import('./QrSignInPage.vue'),
    meta: { title: '扫码登录电脑', cardless: true, tab: '/me' },
  },
]

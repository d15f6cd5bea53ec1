import type { RouteRecordRaw } from 'vue-router'

const open = { open: true, bare: true } as const

export const routes: RouteRecordRaw[] = [
  { path: '/sign-in', component: () => import('./SignInPage.vue'), meta: { title: '登录', ...open } },
  { path: '/first-sign-in', component: () => import('./FirstSignInPage.vue'), meta: { title: '第一次登录', ...open } },
  { path: '/register', component: () => import('./RegisterPage.vue'), meta: { title: '家长注册', ...open } },
  { path: '/set-password', component: () => import('./SetPasswordPage.vue'), meta: { title: '设置密码', ...open } },
  { path: '/forgotten', component: () => import('./ForgottenPage.vue'), meta: { title: '找回密码', ...open } },
  { path: '/education-id', component: () => import('./RecoveryPage.vue'), meta: { title: '找回教育 ID', ...open } },
  { path: '/forgotten/:id', component: () => import('./ResetPage.vue'), meta: { title: '用重置码设新密码', ...open } },
]

import type { RouteRecordRaw } from 'vue-router'
import { can } from '@/app/capabilities'
import { acting } from '@/app/session'

const isFamily = () => can(acting.value, 'act_for_student')

export const routes: RouteRecordRaw[] = [
  { path: '/my-cases', component: () => import('./MyCasesPage.vue'), meta: { title: '质疑申诉' } },
  {
    path: '/my-cases/:id',
    component: () => import('./CasePage.vue'),
    props: (route) => ({ id: route.params.id, list: '/my-cases' }),
    meta: { title: '质疑申诉', tab: '/my-cases', dock: true },
  },
  {
    path: '/my-cases/:id/appeal',
    component: () => import('./AppealPage.vue'),
    props: true,
    meta: { title: '申诉', tab: '/my-cases', dock: true },
  },
  // Messages and home screens lead everybody to one address; families have their own list.
  {
    path: '/cases',
    component: () => import('./CasesPage.vue'),
    beforeEnter: () => (isFamily() ? { path: '/my-cases', query: { list: 'about' } } : true),
    meta: { title: '异常' },
  },
  {
    path: '/cases/malicious',
    component: () => import('./MaliciousPage.vue'),
    meta: { title: '恶意反馈', tab: '/cases' },
  },
  {
    path: '/cases/:id',
    component: () => import('./CasePage.vue'),
    props: (route) => ({ id: route.params.id, list: '/cases' }),
    beforeEnter: (to) => (isFamily() ? `/my-cases/${String(to.params.id)}` : true),
    meta: { title: '异常', tab: '/cases', dock: true },
  },
]

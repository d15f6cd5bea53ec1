import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  {
    path: '/preparation',
    component: () => import('./PreparationPage.vue'),
    meta: { title: '学期准备', may: ['plan_terms', 'enter'] },
  },
  { path: '/catalogs', component: () => import('./CatalogsPage.vue'), meta: { title: '目录', may: ['enter'] } },
]

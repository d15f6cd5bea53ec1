import type { RouteRecordRaw } from 'vue-router'

const roles = ['student', 'guardian']

export const routes: RouteRecordRaw[] = [
  { path: '/positions', component: () => import('./PositionsPage.vue'), meta: { title: '职务', roles } },
  {
    path: '/positions/new',
    component: () => import('./PositionPage.vue'),
    meta: { title: '申报职务', roles, tab: '/positions', dock: true },
  },
  {
    path: '/positions/:id',
    component: () => import('./PositionPage.vue'),
    props: true,
    meta: { title: '职务', roles, tab: '/positions', dock: true },
  },
]

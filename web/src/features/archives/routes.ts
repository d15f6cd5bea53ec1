import type { RouteRecordRaw } from 'vue-router'

const roles = ['student', 'guardian']

export const routes: RouteRecordRaw[] = [
  { path: '/my-archives', component: () => import('./ArchivesPage.vue'), meta: { title: '档案', roles } },
  {
    path: '/my-archives/:id',
    component: () => import('./ArchivePage.vue'),
    props: true,
    meta: { title: '档案', roles, tab: '/my-archives', dock: true },
  },
  {
    path: '/sealing/archives/:id',
    component: () => import('./ArchivePage.vue'),
    props: true,
    meta: { title: '档案', roles: ['school_administrator', 'principal'], tab: '/sealing', dock: true },
  },
  {
    path: '/career-selection',
    component: () => import('./CareerPage.vue'),
    meta: { title: '生涯档案', roles, tab: '/my-archives', dock: true },
  },
]

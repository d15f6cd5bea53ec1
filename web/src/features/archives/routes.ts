import type { RouteRecordRaw } from 'vue-router'
import type { Capability } from '@/app/capabilities'

const may: Capability[] = ['act_for_student']

export const routes: RouteRecordRaw[] = [
  { path: '/my-archives', component: () => import('./ArchivesPage.vue'), meta: { title: '档案', may } },
  {
    path: '/my-archives/:id',
    component: () => import('./ArchivePage.vue'),
    props: true,
    meta: { title: '档案', may, tab: '/my-archives', dock: true },
  },
  {
    path: '/sealing/archives/:id',
    component: () => import('./ArchivePage.vue'),
    props: true,
    meta: { title: '档案', may: ['seal', 'judge'], tab: '/sealing', dock: true },
  },
  {
    path: '/career-selection',
    component: () => import('./CareerPage.vue'),
    meta: { title: '生涯档案', may, tab: '/my-archives', dock: true },
  },
]

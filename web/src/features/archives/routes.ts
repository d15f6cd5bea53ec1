import type { RouteRecordRaw } from 'vue-router'
import type { Capability } from '@/app/capabilities'

const may: Capability[] = ['act_for_student']

export const routes: RouteRecordRaw[] = [
  { path: '/my-archives', component: () => import('./ArchivesPage.vue'), meta: { title: '档案', may } },
  {
    path: '/my-archives/stages',
    component: () => import('./StudentSetsPage.vue'),
    meta: { title: '各学段结果', may, tab: '/my-archives' },
  },
  {
    path: '/term-sets',
    component: () => import('./ClassSetsPage.vue'),
    meta: { title: '各学期结果', may: ['see_records'] },
  },
  {
    path: '/handbooks',
    component: () => import('./HandbooksPage.vue'),
    meta: { title: '导出成长手册', may: ['take_archives'] },
  },
  {
    path: '/term-sets/:id',
    component: () => import('./StudentSetsPage.vue'),
    props: true,
    meta: { title: '各学段结果', may: ['see_records'] },
  },
  {
    path: '/term-sets/archives/:id',
    component: () => import('./ArchivePage.vue'),
    props: true,
    meta: { title: '档案', may: ['see_records'], dock: true },
  },
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

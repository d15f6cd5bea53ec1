import type { RouteRecordRaw } from 'vue-router'
import type { Capability } from '@/app/capabilities'

const SCHOOL: Capability[] = ['seal', 'judge']

export const routes: RouteRecordRaw[] = [
  { path: '/sealing', component: () => import('./SealingPage.vue'), meta: { title: '归档', may: SCHOOL } },
  {
    path: '/sealing/backfills/:id',
    component: () => import('./BackfillPage.vue'),
    props: true,
    meta: { title: '转学补录', may: ['backfill'] },
  },
  {
    path: '/sealing/backfills/:id/records/:kind',
    component: () => import('./BackfillRecord.vue'),
    props: true,
    meta: { title: '转学补录', may: ['backfill'], dock: true },
  },
]

import type { RouteRecordRaw } from 'vue-router'

const SCHOOL = ['school_administrator', 'principal']

export const routes: RouteRecordRaw[] = [
  { path: '/sealing', component: () => import('./SealingPage.vue'), meta: { title: '归档', roles: SCHOOL } },
  {
    path: '/sealing/backfills/:id',
    component: () => import('./BackfillPage.vue'),
    props: true,
    meta: { title: '转学补录', roles: ['school_administrator'] },
  },
  {
    path: '/sealing/backfills/:id/records/:kind',
    component: () => import('./BackfillRecord.vue'),
    props: true,
    meta: { title: '转学补录', roles: ['school_administrator'], dock: true },
  },
]

import type { RouteRecordRaw } from 'vue-router'
import type { Capability } from '@/app/capabilities'

const KEEPS: Capability[] = ['take_archives']

export const routes: RouteRecordRaw[] = [
  { path: '/verdicts', component: () => import('./VerdictsPage.vue'), meta: { title: '评定', may: ['judge'] } },
  { path: '/signatures', component: () => import('./SignaturesPage.vue'), meta: { title: '归档签字', may: KEEPS } },
  {
    path: '/filings',
    component: () => import('./FilingsPage.vue'),
    meta: { title: '归档签字', may: ['oversee_schools'] },
  },
  {
    path: '/confirmation/:code',
    component: () => import('./ConfirmationPage.vue'),
    props: true,
    meta: { title: '评价结果确认单', may: ['act_as_student', 'act_as_guardian', ...KEEPS] },
  },
]

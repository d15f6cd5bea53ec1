import type { RouteRecordRaw } from 'vue-router'

const SCHOOL = ['class_teacher', 'school_administrator', 'principal']

export const routes: RouteRecordRaw[] = [
  { path: '/verdicts', component: () => import('./VerdictsPage.vue'), meta: { title: '评定', roles: ['principal'] } },
  { path: '/signatures', component: () => import('./SignaturesPage.vue'), meta: { title: '归档签字', roles: SCHOOL } },
  {
    path: '/filings',
    component: () => import('./FilingsPage.vue'),
    meta: { title: '归档签字', roles: ['district_administrator', 'city_administrator', 'province_administrator'] },
  },
  {
    path: '/confirmation/:code',
    component: () => import('./ConfirmationPage.vue'),
    props: true,
    meta: { title: '评价结果确认单', roles: ['student', 'guardian', ...SCHOOL] },
  },
]

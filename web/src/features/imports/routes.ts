import type { RouteRecordRaw } from 'vue-router'

const roles = [
  'class_teacher',
  'subject_teacher',
  'recorder',
  'auditor',
  'principal',
  'school_administrator',
  'district_administrator',
  'city_administrator',
  'province_administrator',
]

export const routes: RouteRecordRaw[] = [
  { path: '/imports', component: () => import('./ImportsPage.vue'), meta: { title: '导入', roles } },
  {
    path: '/imports/new/:type',
    component: () => import('./NewPage.vue'),
    props: true,
    meta: { title: '导入', roles },
  },
  { path: '/imports/:id', component: () => import('./BatchPage.vue'), props: true, meta: { title: '导入', roles } },
]

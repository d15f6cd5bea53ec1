import type { RouteRecordRaw } from 'vue-router'

const ADMINISTRATOR = ['school_administrator']
const ABOVE = ['district_administrator', 'city_administrator', 'province_administrator']
const STAFF = ['school_administrator', 'principal']

export const routes: RouteRecordRaw[] = [
  { path: '/people', component: () => import('./PeoplePage.vue'), meta: { title: '人员班级', roles: ADMINISTRATOR } },
  {
    path: '/people/class',
    component: () => import('./ClassPage.vue'),
    props: ({ query }) => ({ path: String(query.path) }),
    meta: { title: '班级', roles: ADMINISTRATOR },
  },
  {
    path: '/people/students/:id',
    component: () => import('./StudentPage.vue'),
    props: true,
    meta: { title: '学生', roles: STAFF, tab: '/people' },
  },
  { path: '/staff', component: () => import('./StaffPage.vue'), meta: { title: '人员', roles: ABOVE } },
  { path: '/find', component: () => import('./FindPage.vue'), meta: { title: '查找', roles: STAFF } },
]

import type { RouteRecordRaw } from 'vue-router'
import type { Capability } from '@/app/capabilities'

const ADMINISTRATOR: Capability[] = ['correct_students']
const ABOVE: Capability[] = ['oversee_schools']
const STAFF: Capability[] = ['correct_students', 'judge']

export const routes: RouteRecordRaw[] = [
  { path: '/people', component: () => import('./PeoplePage.vue'), meta: { title: '人员班级', may: ADMINISTRATOR } },
  {
    path: '/people/class',
    component: () => import('./ClassPage.vue'),
    props: ({ query }) => ({ path: String(query.path) }),
    meta: { title: '班级', may: ADMINISTRATOR },
  },
  {
    path: '/people/students/:id',
    component: () => import('./StudentPage.vue'),
    props: true,
    meta: { title: '学生', may: STAFF, tab: '/people' },
  },
  { path: '/staff', component: () => import('./StaffPage.vue'), meta: { title: '人员', may: ABOVE } },
  { path: '/find', component: () => import('./FindPage.vue'), meta: { title: '查找', may: [...STAFF, 'see_records'] } },
]

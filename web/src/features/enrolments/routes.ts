import type { RouteRecordRaw } from 'vue-router'
import type { Capability } from '@/app/capabilities'

const STAFF: Capability[] = ['move_students']
const ALL: Capability[] = ['move_students', 'act_for_student']

export const routes: RouteRecordRaw[] = [
  { path: '/enrolments', component: () => import('./EnrolmentsPage.vue'), meta: { title: '学籍异动', may: ALL } },
  {
    path: '/enrolments/new',
    component: () => import('./NewPage.vue'),
    meta: { title: '申请学籍异动', may: STAFF, tab: '/people' },
  },
  {
    path: '/enrolments/:id',
    component: () => import('./EnrolmentPage.vue'),
    props: true,
    meta: { title: '学籍异动', may: ALL },
  },
]

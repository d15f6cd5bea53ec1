import type { RouteRecordRaw } from 'vue-router'

const roles = ['class_teacher', 'subject_teacher', 'recorder']

export const routes: RouteRecordRaw[] = [
  { path: '/entry', component: () => import('./EntryPage.vue'), meta: { title: '录入', roles } },
  { path: '/entry/:kind', component: () => import('./GridPage.vue'), props: true, meta: { title: '录入', roles } },
  { path: '/entered', component: () => import('./EnteredPage.vue'), meta: { title: '已录', roles } },
]

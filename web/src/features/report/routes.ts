import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  { path: '/report', component: () => import('./ChoosePage.vue'), meta: { title: '上报' } },
  {
    path: '/report/:kind',
    component: () => import('./NewPage.vue'),
    props: true,
    meta: { title: '上报', tab: '/report', dock: true },
  },
  {
    path: '/growth/new',
    component: () => import('./GrowthPage.vue'),
    meta: { title: '写记录', may: ['act_for_student'], tab: '/growth', dock: true },
  },
  {
    path: '/records/:id/edit',
    component: () => import('./EditPage.vue'),
    props: true,
    meta: { title: '修改记录', tab: '/records', dock: true },
  },
]

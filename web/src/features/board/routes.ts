import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  { path: '/board', component: () => import('./BoardPage.vue'), meta: { title: '公示栏' } },
  {
    path: '/board/reports/:student',
    component: () => import('./ReportPage.vue'),
    props: (route) => ({ student: route.params.student, term: route.query.term }),
    meta: { title: '公示的报告', tab: '/board' },
  },
  {
    path: '/board/reports/:student/missing',
    component: () => import('./MissingPage.vue'),
    props: (route) => ({ student: route.params.student, term: route.query.term }),
    meta: { title: '反馈', tab: '/board', dock: true },
  },
  {
    path: '/board/results',
    component: () => import('./ResultsPage.vue'),
    props: (route) => ({ term: route.query.term }),
    meta: { title: '结果公示', tab: '/board' },
  },
  {
    path: '/board/results/:id/objection',
    component: () => import('./ObjectionPage.vue'),
    props: (route) => ({ id: route.params.id, term: route.query.term, path: route.query.path }),
    meta: { title: '结果异议', tab: '/board' },
  },
  {
    path: '/board/students/:id',
    component: () => import('./StudentPage.vue'),
    props: true,
    meta: { title: '公示的材料', tab: '/board' },
  },
  {
    path: '/board/:id',
    component: () => import('./EntryPage.vue'),
    props: true,
    meta: { title: '公示的记录', tab: '/board' },
  },
  {
    path: '/board/:id/complaint',
    component: () => import('./ComplaintPage.vue'),
    props: true,
    meta: { title: '反馈', tab: '/board', dock: true },
  },
]

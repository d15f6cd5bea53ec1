import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  {
    path: '/form-upload',
    component: () => import('./UploadPage.vue'),
    meta: { title: '上传确认表', may: ['act_as_guardian'] },
  },
  { path: '/forms', component: () => import('./FormsPage.vue'), meta: { title: '信息核查', may: ['help_families'] } },
  {
    path: '/form-completion',
    component: () => import('./CompletionPage.vue'),
    meta: { title: '核查进度', may: ['oversee'] },
  },
]

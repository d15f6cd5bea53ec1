import type { RouteRecordRaw } from 'vue-router'

const cardless = { cardless: true, tab: '/me' } as const

export const routes: RouteRecordRaw[] = [
  { path: '/cards', component: () => import('./CardsPage.vue'), meta: { title: '身份卡', ...cardless } },
  {
    path: '/cards/own',
    component: () => import('./OwnCardPage.vue'),
    meta: { title: '本人领卡', dock: true, ...cardless },
  },
  {
    path: '/cards/child',
    component: () => import('./ChildCardPage.vue'),
    meta: { title: '为子女领卡', dock: true, ...cardless },
  },
  {
    path: '/cards/child-code',
    component: () => import('./ChildCodePage.vue'),
    meta: { title: '用注册码领卡', ...cardless },
  },
  {
    path: '/cards/offers/:id',
    component: () => import('./OfferPage.vue'),
    meta: { title: '启用身份卡', dock: true, ...cardless },
  },
  { path: '/other-card', component: () => import('./OtherCardPage.vue'), meta: { title: '换一张身份卡', ...cardless } },
]

/** Every component in every state, for looking at and for axe. Not part of the client that is deployed. */
import '@/ui/old-browsers'
import { createApp } from 'vue'
import { createRouter, createWebHashHistory } from 'vue-router'
import '@/ui/tokens.css'
import '@/ui/kit.css'
import Kit from './Kit.vue'

const router = createRouter({ history: createWebHashHistory(), routes: [{ path: '/:rest(.*)*', component: Kit }] })
const mode = new URLSearchParams(location.search).get('mode')
if (mode) document.documentElement.dataset.mode = mode
createApp(Kit).use(router).mount('#app')

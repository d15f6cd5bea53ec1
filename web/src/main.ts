import './ui/old-browsers'
import { VueQueryPlugin } from '@tanstack/vue-query'
import { createApp, watch } from 'vue'
import { onServerDate } from './api/client'
import App from './app/App.vue'
import { guardComposition } from './app/composition'
import { startDisplay } from './app/display'
import { keepFocus } from './app/focus'
import { startOf } from './app/navigation'
import { router } from './app/router'
import { card, acting, session, startSession } from './app/session'
import { takeTicket } from './app/sso'
import { watchVersion } from './app/version'
import { askHomes } from './data/home'
import { startLive } from './data/live'
import { queryClient } from './data/queries'
import { startSending } from './drafts/waiting'
import { serverSaid } from './ui/clock'
import './ui/tokens.css'
import './ui/kit.css'

/** What sends forms that waited for the network: loaded only if there are any. */
const senders = import.meta.glob('./features/*/sender.ts')

startDisplay()
guardComposition()
keepFocus()
onServerDate(serverSaid)
// What one person or card has read is not shown to another.
watch(
  () => session.turn,
  () => queryClient.clear(),
  { flush: 'sync' },
)
async function start(): Promise<void> {
  await takeTicket()
  if (session.status === 'unknown') await startSession()
  if (card.value && ['/', startOf(router, acting.value)].includes(location.pathname)) askHomes(queryClient)
  createApp(App).use(router).use(VueQueryPlugin, { queryClient }).mount('#app')
  startLive(queryClient)
  watchVersion()
  startSending(() => Promise.all(Object.values(senders).map((load) => load())))
}

void start()

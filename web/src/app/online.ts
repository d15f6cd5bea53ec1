/** Whether the device has a network. It may say so wrongly; a request that fails says more. */
import { ref } from 'vue'

export const online = ref(navigator.onLine)
window.addEventListener('online', () => (online.value = true))
window.addEventListener('offline', () => (online.value = false))

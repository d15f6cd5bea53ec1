/** 大字版: large type and high contrast, kept per device. It may be chosen before signing in. */
import { ref, watch } from 'vue'
import { onDevice } from '@/ui/stored'

const KEY = 'zp-large'
export const large = ref(onDevice.getItem(KEY) === '1')
const contrast = window.matchMedia('(prefers-contrast: more)')

function apply(): void {
  document.documentElement.dataset.mode = large.value ? 'large contrast' : contrast.matches ? 'contrast' : ''
}

export function startDisplay(): void {
  apply()
  contrast.addEventListener('change', apply)
  watch(large, (on) => {
    if (on) onDevice.setItem(KEY, '1')
    else onDevice.removeItem(KEY)
    apply()
  })
  window.addEventListener('storage', ({ key, newValue }) => {
    if (key === KEY) large.value = newValue === '1'
  })
}

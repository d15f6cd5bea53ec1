/** The reset that this device asked for, until it ends. Its id opens nothing without the code. */
import { onDevice } from '@/ui/stored'

const KEY = 'zp-reset'

export interface Asked {
  id: string
  until: string
}

export interface Captcha {
  id: string
  answer: string
}

export function rememberReset({ id, until }: Asked): void {
  onDevice.setItem(KEY, JSON.stringify({ id, until }))
}

export function openReset(): Asked | null {
  try {
    const found = JSON.parse(onDevice.getItem(KEY) ?? 'null') as Asked | null
    return found && Date.parse(found.until) > Date.now() ? found : null
  } catch {
    return null
  }
}

export function forgetReset(): void {
  onDevice.removeItem(KEY)
}

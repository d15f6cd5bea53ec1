/** What the scheme offers on the other kind of device only (CS-02). The services refuse it too; the page says so before one writes. */
import { device } from '@/api/device'
import { useScheme } from './queries'

interface Limits {
  timing?: { operations?: { id: string; title: string; clients?: string[] }[] }
  cases?: { types?: { id: string; operation?: string | null }[] } | null
}

const PLACES = { pc: '电脑端', phone: '手机端' } as const

/** Why a type of case cannot be filed on this device; null: it can. */
export function useOtherDevice(): (caseType: string | null | undefined) => string | null {
  const scheme = useScheme()
  return (caseType) => {
    const known = scheme.data.value as Limits | undefined
    const operation = known?.cases?.types?.find(({ id }) => id === caseType)?.operation
    const found = known?.timing?.operations?.find(({ id }) => id === operation)
    if (!found?.clients || found.clients.includes(device)) return null
    const place = PLACES[device === 'phone' ? 'pc' : 'phone']
    return `“${found.title}”暂需使用${place}操作，请换用${place}登录后办理`
  }
}

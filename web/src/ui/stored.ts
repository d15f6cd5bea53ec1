/**
 * What a device or a tab remembers, never anything secret. Where the browser keeps nothing (site data blocked, WebViews without
 * DOM storage), it lasts as long as the page.
 */
type Remembered = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>

function remembered(kind: 'localStorage' | 'sessionStorage'): Remembered {
  try {
    const found = window[kind]
    found.setItem('zp-test', '1')
    found.removeItem('zp-test')
    return found
  } catch {
    const values = new Map<string, string>()
    return {
      getItem: (key) => values.get(key) ?? null,
      setItem: (key, value) => void values.set(key, value),
      removeItem: (key) => void values.delete(key),
    }
  }
}

export const onDevice = remembered('localStorage')
export const inTab = remembered('sessionStorage')

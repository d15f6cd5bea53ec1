/**
 * In which program the client runs: a browser, or the web view of DingTalk or WeChat. Web views cannot download blob addresses,
 * open windows or, without their own interface, read QR codes.
 */
type Host = 'browser' | 'dingtalk' | 'wechat'

interface HostWindow {
  dd?: { biz?: { util?: { scan?: (options: object) => void } } }
  wx?: { scanQRCode?: (options: object) => void }
}

const agent = navigator.userAgent
export const host: Host = /DingTalk/i.test(agent) ? 'dingtalk' : /MicroMessenger/i.test(agent) ? 'wechat' : 'browser'

/** Downloads what a one-time address of the platform's own origin gives (`Content-Disposition: attachment`). */
export function download(url: string): void {
  if (host !== 'browser') return location.assign(url)
  const link = document.createElement('a')
  link.href = url
  link.download = ''
  document.body.append(link)
  link.click()
  link.remove()
}

/** Reads a QR code with the host's own scanner; undefined where the host offers none. */
export function hostScanner(): (() => Promise<string | null>) | undefined {
  const { dd, wx } = window as HostWindow
  const dingtalk = dd?.biz?.util?.scan
  if (dingtalk) {
    return () =>
      new Promise((resolve) =>
        dingtalk({
          type: 'qrCode',
          onSuccess: ({ text }: { text: string }) => resolve(text),
          onFail: () => resolve(null),
        }),
      )
  }
  const wechat = wx?.scanQRCode
  if (!wechat) return undefined
  return () =>
    new Promise((resolve) =>
      wechat({
        needResult: 1,
        scanType: ['qrCode'],
        success: ({ resultStr }: { resultStr: string }) => resolve(resultStr),
        fail: () => resolve(null),
        cancel: () => resolve(null),
      }),
    )
}

interface Detector {
  detect(image: ImageBitmap): Promise<{ rawValue: string }[]>
}

/** Reads a QR code from a photo; null: none found. `unsupported` where the browser cannot. */
export async function readPhoto(photo: Blob): Promise<string | null | 'unsupported'> {
  const { BarcodeDetector } = window as { BarcodeDetector?: new (options: { formats: string[] }) => Detector }
  if (!BarcodeDetector) return 'unsupported'
  try {
    const found = await new BarcodeDetector({ formats: ['qr_code'] }).detect(await createImageBitmap(photo))
    return found[0]?.rawValue ?? null
  } catch {
    return 'unsupported'
  }
}

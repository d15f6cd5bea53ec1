/** Sends one file with a presigned form, with progress. */
import type { components } from '@/api/generated/records'

export type Offer = components['schemas']['OfferView']

/** How long nothing may move before the connection counts as dead, in milliseconds. */
const STALLED = 25_000

/** `offline`: try again; `expired`: ask for a new form; `refused`: the storage takes no such file. */
export class SendError extends Error {
  constructor(readonly why: 'offline' | 'expired' | 'refused') {
    super(why)
  }
}

/** POSTs the file; `moved` is called with the number of bytes sent. The signal cancels. */
export function sendFile(offer: Offer, file: Blob, moved: (sent: number) => void, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const form = new FormData()
    for (const [name, value] of Object.entries(offer.fields)) form.append(name, value)
    form.append('file', file, 'file')
    const request = new XMLHttpRequest()
    let watchdog: ReturnType<typeof setTimeout>
    const alive = () => {
      clearTimeout(watchdog)
      watchdog = setTimeout(() => request.abort(), STALLED)
    }
    const end = (error: SendError | null) => {
      clearTimeout(watchdog)
      signal.removeEventListener('abort', cancel)
      if (error) reject(error)
      else resolve()
    }
    const cancel = () => request.abort()
    signal.addEventListener('abort', cancel)
    request.upload.addEventListener('progress', (event) => {
      alive()
      moved(Math.min(event.loaded, file.size))
    })
    request.addEventListener('load', () => end(errorOf(request.status)))
    request.addEventListener('error', () => end(new SendError('offline')))
    request.addEventListener('abort', () => end(new SendError('offline')))
    request.open('POST', offer.url)
    alive()
    request.send(form)
  })
}

function errorOf(status: number): SendError | null {
  if (status >= 200 && status < 300) return null
  if (status === 403) return new SendError('expired')
  return new SendError(status === 0 || status === 429 || status >= 500 ? 'offline' : 'refused')
}

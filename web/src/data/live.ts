/**
 * Live updates: notify's stream of messages tells that something changed, and the queries of that service ask again. One visible
 * tab of the browser reads the stream (Web Locks) and passes it on to the others. `fetch`, not EventSource: a header carries
 * the token.
 */
import type { QueryClient } from '@tanstack/vue-query'
import { watch } from 'vue'
import { send } from '@/api/client'
import { card, session } from '@/app/session'
import { announce } from '@/ui/live'

interface StreamEvent {
  event: string
  id: string | null
  data: unknown
}

const FIRST_PAUSE = 1000
const LONGEST_PAUSE = 60_000

/** The events of a piece of `text/event-stream`, and what is left for the next piece. */
export function parseEvents(text: string): { events: StreamEvent[]; rest: string } {
  const blocks = text.replace(/\r\n?/g, '\n').split('\n\n')
  const rest = blocks.pop() ?? ''
  const events: StreamEvent[] = []
  for (const block of blocks) {
    let event = 'message'
    let id: string | null = null
    const lines: string[] = []
    for (const line of block.split('\n')) {
      const [, name, value] = /^(\w+): ?(.*)$/.exec(line) ?? []
      if (name === 'event') event = value ?? event
      else if (name === 'id') id = value ?? null
      else if (name === 'data') lines.push(value ?? '')
    }
    if (!lines.length) continue
    try {
      events.push({ event, id, data: JSON.parse(lines.join('\n')) as unknown })
    } catch {
      // Not ours: comments and heartbeats have no data.
    }
  }
  return { events, rest }
}

/** Waits between two tries: twice as long each time, with a random part so that not all tabs of a school come at once. */
export function pause(tries: number): number {
  return Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** tries) * (0.5 + Math.random() / 2)
}

/** Reads the stream until it ends; answers whether anything came. */
async function read(after: string | null, signal: AbortSignal, tell: (told: StreamEvent) => void): Promise<boolean> {
  const headers: Record<string, string> = { Accept: 'text/event-stream' }
  if (after) headers['Last-Event-ID'] = after
  const answer = await send(new Request(`${location.origin}/api/notify/stream`, { headers, signal }))
  if (!answer.ok || !answer.body) return false
  const reader = answer.body.getReader()
  const decoder = new TextDecoder()
  let text = ''
  let came = false
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return came
    const { events, rest } = parseEvents(text + decoder.decode(value, { stream: true }))
    text = rest
    came = true
    events.forEach(tell)
  }
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}

export function startLive(queries: QueryClient): void {
  const channel = 'BroadcastChannel' in self ? new BroadcastChannel('zp-live') : null
  let last: string | null = null
  let stop: AbortController | null = null

  function apply({ event, id, data }: StreamEvent): void {
    if (id) last = id
    if (event === 'unread') {
      queries.setQueryData(['notify', 'unread'], data)
      return
    }
    const { link, title } = data as { link?: { service?: string }; title?: string }
    if (title) announce(`新消息：${title}`)
    void queries.invalidateQueries({ queryKey: ['notify', 'messages'] })
    if (link?.service) void queries.invalidateQueries({ queryKey: [link.service] })
  }
  channel?.addEventListener('message', ({ data }: MessageEvent<{ card: string; told: StreamEvent }>) => {
    if (data.card === card.value?.id) apply(data.told)
  })

  async function lead(acting: string, signal: AbortSignal): Promise<void> {
    let tries = 0
    while (!signal.aborted) {
      const came = await read(last, signal, (told) => {
        apply(told)
        channel?.postMessage({ card: acting, told })
      }).catch(() => false)
      tries = came ? 0 : tries + 1
      // A stream ends with its token: come again at once with a new one.
      if (!signal.aborted) await sleep(pause(tries), signal)
    }
  }

  function follow(): void {
    stop?.abort()
    stop = null
    const acting = card.value?.id
    if (!acting || document.hidden || session.status !== 'signed-in') return
    const { signal } = (stop = new AbortController())
    if (!('locks' in navigator)) return void lead(acting, signal)
    void navigator.locks.request('zp-live', { signal }, () => lead(acting, signal)).catch(() => undefined)
  }

  document.addEventListener('visibilitychange', follow)
  watch(
    () => [card.value?.id, session.status],
    ([acting], before) => {
      if (acting !== before?.[0]) last = null
      follow()
    },
    { immediate: true },
  )
}

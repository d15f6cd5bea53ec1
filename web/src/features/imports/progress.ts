/** How far a batch is: the service's stream tells each change, and the batch is read again when its state is another one. */
import { onScopeDispose, ref, watch, type Ref } from 'vue'
import { send } from '@/api/client'
import type { components } from '@/api/generated/import'
import { queryClient } from '@/data/queries'
import { parseEvents, pause } from '@/data/live'
import { isRunning } from './words'

export interface Progress {
  state: components['schemas']['State']
  rows: number
  chunks: number
  chunks_applied: number
  seconds_left: number | null
  final: boolean
}

/** `state`: of the batch as it was read; nothing is followed while nothing happens. */
export function useProgress(id: Ref<string>, state: Ref<string | undefined>) {
  const progress = ref<Progress | null>(null)
  let stop: AbortController | null = null

  async function follow(batch: string, signal: AbortSignal): Promise<void> {
    for (let tries = 0; !signal.aborted; tries++) {
      try {
        const headers = { Accept: 'text/event-stream' }
        const url = `${location.origin}/api/import/batches/${batch}/progress`
        const answer = await send(new Request(url, { headers, signal }))
        if (answer.ok && answer.body) await read(answer.body.getReader(), () => (tries = 0))
      } catch {
        // Offline, or the page was left: the loop decides.
      }
      if (!signal.aborted) await new Promise((resolve) => setTimeout(resolve, pause(tries)))
    }
  }

  async function read(reader: ReadableStreamDefaultReader<Uint8Array>, came: () => void): Promise<void> {
    const decoder = new TextDecoder()
    let text = ''
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      const { events, rest } = parseEvents(text + decoder.decode(value, { stream: true }))
      text = rest
      for (const { event, data } of events) {
        if (event !== 'progress') continue
        came()
        progress.value = data as Progress
        if (progress.value.state !== state.value) void queryClient.invalidateQueries({ queryKey: ['import'] })
      }
    }
  }

  watch(
    [id, () => isRunning(state.value ?? '')],
    ([batch, runs]) => {
      stop?.abort()
      stop = null
      progress.value = null
      if (!runs) return
      stop = new AbortController()
      void follow(batch, stop.signal)
    },
    { immediate: true },
  )
  onScopeDispose(() => stop?.abort())
  return progress
}

import { describe, expect, it } from 'vitest'
import { parseEvents, pause } from '@/data/live'

describe('the live stream', () => {
  it('is read in pieces of any size, without heartbeats', () => {
    const sent = ': beat\n\nevent: message\nid: a1\ndata: {"title":"一"}\n\nevent: unread\ndata: {"unread":2}\n\n'
    for (let size = 1; size <= sent.length; size += 1) {
      const found = []
      let rest = ''
      for (let at = 0; at < sent.length; at += size) {
        const read = parseEvents(rest + sent.slice(at, at + size))
        found.push(...read.events)
        rest = read.rest
      }
      expect(found, `pieces of ${size}`).toEqual([
        { event: 'message', id: 'a1', data: { title: '一' } },
        { event: 'unread', id: null, data: { unread: 2 } },
      ])
    }
  })

  it('is asked for less and less often while it fails, but at least once a minute', () => {
    expect(pause(0)).toBeLessThanOrEqual(1000)
    expect(pause(3)).toBeGreaterThanOrEqual(4000)
    expect(pause(50)).toBeLessThanOrEqual(60_000)
  })
})

import { afterEach, describe, expect, it, vi } from 'vitest'
import { boardFiles } from '@/upload/sources'

interface Wanted {
  files: { entry_id: string; evidence_id: string }[]
}
const asked: Wanted[] = []

afterEach(() => vi.unstubAllGlobals())

describe('the small pictures of the board', () => {
  it('are asked for in one request, and one that nobody may see is only missing itself', async () => {
    vi.stubGlobal('fetch', async (request: Request) => {
      const wanted = (await request.json()) as Wanted
      asked.push(wanted)
      const items = wanted.files
        .filter(({ evidence_id }) => evidence_id !== 'gone')
        .map((file) => ({ ...file, url: `https://files/${file.evidence_id}` }))
      return new Response(JSON.stringify({ items }), { headers: { 'Content-Type': 'application/json' } })
    })
    const first = boardFiles('entry-1')
    const found = await Promise.allSettled([
      first.address('a', true),
      first.address('gone', true),
      boardFiles('entry-2').address('b', true),
      first.address('a', true),
    ])
    expect(found.map((one) => (one.status === 'fulfilled' ? one.value : one.status))).toEqual([
      'https://files/a',
      'rejected',
      'https://files/b',
      'https://files/a',
    ])
    expect(asked.map(({ files }) => files.length)).toEqual([3])
  })
})

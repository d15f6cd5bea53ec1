/** What the school, the district or the city entered and waits for this card: all of it, by dimension, and the two answers. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed } from 'vue'
import { data, records, uuid } from '@/api/client'
import type { components } from '@/api/generated/records'

export type Line = components['schemas']['RecordLine']

/** The most that one request decides (`ReviewsIn`). */
const MOST = 200

export interface Answer {
  lines: readonly Line[]
  action: 'approve' | 'return'
  reason_code: string | null
  note: string | null
}

async function all(): Promise<Line[]> {
  const lines: Line[] = []
  let cursor: string | null = null
  do {
    const query = { waiting: true, cursor, limit: MOST }
    const page: { items: Line[]; next?: string | null } = await data(records.GET('/records', { params: { query } }))
    lines.push(...page.items)
    cursor = page.next ?? null
  } while (cursor)
  return lines
}

export function useConfirmations() {
  const client = useQueryClient()
  const query = useQuery({ queryKey: ['records', 'confirmations'], queryFn: all })
  const groups = computed(() => {
    const byDimension = new Map<string, { id: string; title: string; lines: Line[] }>()
    for (const line of query.data.value ?? []) {
      const group = byDimension.get(line.dimension)
      if (group) group.lines.push(line)
      else byDimension.set(line.dimension, { id: line.dimension, title: line.dimension_title, lines: [line] })
    }
    return [...byDimension.values()]
  })
  const answer = useMutation({
    mutationFn: async ({ lines, ...verdict }: Answer) => {
      const refused: string[] = []
      for (let at = 0; at < lines.length; at += MOST) {
        const some = lines.slice(at, at + MOST)
        const versions = Object.fromEntries(some.map(({ id, version }) => [id, version]))
        const body = { ...verdict, record_ids: some.map(({ id }) => id), versions }
        const { results } = await data(records.POST('/reviews', { body, headers: { 'Idempotency-Key': uuid() } }))
        refused.push(...results.filter(({ result }) => result === 'refused').map(({ detail }) => detail ?? ''))
      }
      return { done: lines.length - refused.length, refused: [...new Set(refused)] }
    },
    onSettled: () => client.invalidateQueries({ queryKey: ['records'] }),
  })
  return { query, groups, answer }
}

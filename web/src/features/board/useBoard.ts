/**
 * The board as the address asks for it: term, part of the school, dimension. Words that are searched for are names of minors:
 * they stand in no address, and are sent in a body.
 */
import { useInfiniteQuery, useQuery } from '@tanstack/vue-query'
import { computed, ref } from 'vue'
import { data, publicity } from '@/api/client'
import type { components } from '@/api/generated/publicity'
import { problemOf } from '@/api/problem'
import { card } from '@/app/session'
import { useQueryParam } from '@/ui/address'
import type { TreeNode } from '@/ui/tree'

export type Item = components['schemas']['BoardItemView']
type Node = components['schemas']['NodeView']
const PAGE = 24

export function useBoard() {
  const term = useQueryParam('term')
  const path = useQueryParam('path')
  const dimension = useQueryParam('dimension')
  const words = ref('')
  const terms = useQuery({
    queryKey: ['publicity', 'board', 'terms', computed(() => card.value?.id)],
    queryFn: () => data(publicity.GET('/board/terms')),
  })
  /** The term that is asked for; without one, the first whose board is open. */
  const current = computed(() => {
    const all = terms.data.value?.items ?? []
    return all.find(({ term_id }) => term_id === term.value) ?? all.find(({ open }) => open) ?? all[0] ?? null
  })
  const term_id = computed(() => current.value?.term_id ?? '')
  const known = computed(() => term_id.value !== '')

  const tree = useQuery({
    queryKey: ['publicity', 'board', 'tree', term_id],
    queryFn: () => data(publicity.GET('/board/tree', { params: { query: { term_id: term_id.value } } })),
    enabled: known,
  })
  const wanted = computed(() => ({
    term_id: term_id.value,
    path: path.value || null,
    dimension: dimension.value || null,
  }))
  const list = useInfiniteQuery({
    queryKey: ['publicity', 'board', 'list', wanted, words],
    queryFn: ({ pageParam }) => {
      const query = { ...wanted.value, cursor: pageParam, limit: PAGE }
      if (!words.value) return data(publicity.GET('/board', { params: { query } }))
      return data(publicity.POST('/board/search', { body: { ...query, q: words.value } }))
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next ?? undefined,
    enabled: known,
  })
  const pages = { ...list, data: computed(() => list.data.value?.pages) }
  const closed = computed(() => {
    const problem = list.error.value ? problemOf(list.error.value) : null
    return problem?.code === 'window_closed' ? problem : null
  })

  const nodes = computed<TreeNode[]>(() => {
    const found = tree.data.value
    if (!found) return []
    const count = (entries: number) => (found.counted ? entries : undefined)
    const node = ({ path: id, title, entries, below }: Node): TreeNode => ({
      ...{ id, title, count: count(entries) },
      children: below?.map(node),
    })
    return [{ id: '', title: '全校', count: count(found.entries), children: found.grades.map(node) }]
  })
  /** The title of the part of the school that is shown, with its grade before it. */
  const place = computed(() => {
    for (const grade of nodes.value[0]?.children ?? []) {
      if (grade.id === path.value) return grade.title
      const inside = grade.children?.find(({ id }) => id === path.value)
      if (inside) return inside.title.startsWith(grade.title) ? inside.title : `${grade.title}${inside.title}`
    }
    return '全校'
  })
  const dimensions = computed(() =>
    (tree.data.value?.dimensions ?? []).map(({ id, title, entries }) => ({
      ...{ id, title },
      count: tree.data.value?.counted ? entries : undefined,
    })),
  )
  return { terms, current, tree, list, pages, closed, nodes, place, dimensions, path, dimension, words }
}

/** The directory of what a student shows: particulars, dimensions and their kinds, with counts where they are shown. */
import type { components } from '@/api/generated/publicity'
import type { TreeNode } from '@/ui/tree'

type Board = components['schemas']['StudentBoardView']

/** The node of the particulars. */
export const PROFILE = 'profile'
const ALL = '全部'

/** Nodes: `` for all, `profile`, a dimension, and a dimension with a kind after a slash. */
export function treeOf(board: Board): TreeNode[] {
  const count = (entries: number | null | undefined) => entries ?? undefined
  return [
    { id: '', title: ALL, count: count(board.entries) },
    { id: PROFILE, title: '个人基本信息' },
    ...board.directory.map(({ id, title, entries, kinds }) => ({
      ...{ id, title, count: count(entries) },
      children: kinds.map((kind) => ({ id: `${id}/${kind.id}`, title: kind.title, count: count(kind.entries) })),
    })),
  ]
}

/** The title of a node, with its dimension before it. */
export function placeOf(nodes: readonly TreeNode[], id: string): string {
  for (const node of nodes) {
    if (node.id === id) return node.title
    const inside = node.children?.find((one) => one.id === id)
    if (inside) return `${node.title} · ${inside.title}`
  }
  return ALL
}

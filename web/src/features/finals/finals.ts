/** Final submissions: words, and lists that are read whole because one decides about all of it. */
import type { components } from '@/api/generated/records'

export type Choice = components['schemas']['FinalChoiceView']
export type Final = components['schemas']['FinalView']
export type Material = components['schemas']['MaterialLine']

export const STATES: Record<string, string> = {
  open: '正在选择',
  submitted: '等待学校审核',
  returned: '已退回',
  approved: '学校审核通过',
}

/** All pages of a list; a submission has some hundred records at most. */
export async function whole<T>(
  page: (cursor: string | null) => Promise<{ items: T[]; next?: string | null }>,
): Promise<T[]> {
  const found: T[] = []
  let cursor: string | null = null
  do {
    const { items, next }: { items: T[]; next?: string | null } = await page(cursor)
    found.push(...items)
    cursor = next ?? null
  } while (cursor)
  return found
}

/** By term, newest first, as the list has them. */
export function byTerm(all: readonly Material[]): { id: string; title: string; items: Material[] }[] {
  const found = new Map<string, { id: string; title: string; items: Material[] }>()
  for (const one of all) {
    const group = found.get(one.term_id) ?? { id: one.term_id, title: one.term_title, items: [] }
    group.items.push(one)
    found.set(one.term_id, group)
  }
  return [...found.values()]
}

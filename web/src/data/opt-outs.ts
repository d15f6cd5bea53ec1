/** The students who do not take part in a term. */
import { data, records } from '@/api/client'
import type { components } from '@/api/generated/records'

type Page = components['schemas']['Page_OptOutView_']

/** Those below an organisation; without one, below the card's. */
export async function outOf(term_id: string, path: string | null): Promise<Page['items']> {
  const found: Page['items'] = []
  let cursor: string | null = null
  do {
    const query: { path: string | null; cursor: string | null; limit: number } = { path, cursor, limit: 200 }
    const page: Page = await data(records.GET('/terms/{term_id}/opt-outs', { params: { path: { term_id }, query } }))
    found.push(...page.items)
    cursor = page.next ?? null
  } while (cursor)
  return found
}

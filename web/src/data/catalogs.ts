/** All items of a list at an organisation: its own and those of the levels above. */
import { data, records } from '@/api/client'
import type { components } from '@/api/generated/records'

type Page = components['schemas']['Page_CatalogItemView_']

export async function allItems(catalog: string, path: string | null, retired = false): Promise<Page['items']> {
  const found: Page['items'] = []
  let cursor: string | null = null
  do {
    const query: { path: string | null; retired: boolean; cursor: string | null; limit: number } = {
      ...{ path, retired, cursor },
      limit: 200,
    }
    const page: Page = await data(records.GET('/catalogs/{catalog}/items', { params: { path: { catalog }, query } }))
    found.push(...page.items)
    cursor = page.next ?? null
  } while (cursor)
  return found
}

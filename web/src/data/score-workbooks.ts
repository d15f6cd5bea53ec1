/**
 * Workbooks of scores (BJ-06): the template with the students of classes and the values that this card sees of them. They are
 * read where scores are kept, and sent along: the service that writes the workbook knows no scores.
 */
import { archive, data, importer } from '@/api/client'
import type { components as Archive } from '@/api/generated/archive'
import type { components as Import } from '@/api/generated/import'
import { download } from '@/app/hosts'

type Sheet = Archive['schemas']['SheetView']
type ImportType = Import['schemas']['TypeView']
type FilledRow = Import['schemas']['FilledRow']

/** Students in one template: the request has to stay below a megabyte. */
export const MOST = 2000
const SEEN = 'student.seen'
const KNOWN = 'student.known'
/** Characters of one cell at most. */
const CELL = 200

/** The import types of a term by which this card enters scores. */
export async function scoreWorkbooks(term_id: string): Promise<ImportType[]> {
  const { items } = await data(importer.GET('/types', { params: { query: { term_id } } }))
  return items.filter(({ parts }) => parts?.length)
}

/** The rows of a class: values with their versions, or the adjustments there are. */
export function rowsOf(sheet: Sheet, type: Pick<ImportType, 'columns' | 'parts'>): FilledRow[] {
  const columns = type.columns ?? []
  return sheet.rows.map((row) => {
    const values: Record<string, string> = {}
    const versions: number[] = []
    for (const column of columns) {
      const [kind, part, dimension = ''] = column.split('.')
      if (kind !== 'value') continue
      const one = row.entered.find((each) => each.mine && each.part === part && each.dimension === dimension)
      if (one) values[column] = one.band ?? String(one.value)
      versions.push(one?.version ?? 0)
    }
    if (columns.includes(SEEN)) values[SEEN] = versions.join('.')
    const given = row.adjustments.filter(({ part, withdrawn_at }) => type.parts?.includes(part) && !withdrawn_at)
    if (columns.includes(KNOWN) && given.length) {
      const listed = given.map(({ dimension_title, points }) => `${dimension_title} ${points > 0 ? '+' : ''}${points}`)
      values[KNOWN] = listed.join('；').trim().slice(0, CELL)
    }
    return { student_id: row.student_id, values }
  })
}

/** The sheets of the classes below a path, one after the other. */
async function sheetsBelow(term_id: string, path: string | null): Promise<Sheet[]> {
  const heads = await data(archive.GET('/score-sheets', { params: { query: { term_id, path, limit: 200 } } }))
  const found: Sheet[] = []
  for (const head of heads.items) {
    found.push(await data(archive.GET('/scores', { params: { query: { term_id, path: head.path } } })))
  }
  return found
}

/** Downloads the template of a term for a class, a grade or all of the card (null). */
export async function downloadScores(type: ImportType, term_id: string, path: string | null): Promise<void> {
  const rows = (await sheetsBelow(term_id, path)).flatMap((sheet) => rowsOf(sheet, type))
  const params = { path: { type: type.type }, query: { term_id, path } }
  const { url } =
    rows.length && rows.length <= MOST
      ? await data(importer.POST('/templates/{type}/filled', { params, body: { rows } }))
      : await data(importer.POST('/templates/{type}/address', { params }))
  download(url)
}

/**
 * Files that services have: addresses of the file, of its small picture, of a PDF's pages, and one-time downloads. An address lives
 * 45 seconds, so it is fetched when a file is shown, and again when it was used too late.
 */
import { fileWord } from '@/scheme/evidence'
import { computed, onScopeDispose, reactive, ref, watch, type Ref } from 'vue'
import { data, publicity, send } from '@/api/client'
import type { components } from '@/api/generated/records'
import { ApiProblem, problemOf } from '@/api/problem'
import type { Evidence, PictureSource } from '@/ui/evidence'
import type { KnownFile } from './items'

type Pages = components['schemas']['PagesView']
type Download = components['schemas']['DownloadView']

/** Milliseconds for which an address is given out again. */
const LIVES = 38_000
const IMAGE = 'image/'
const PDF = 'application/pdf'

/** The files below one path of a service; all services answer alike. */
export interface FileSource {
  /** The clean copy, or with `preview` its small picture. */
  address: (id: string, preview: boolean) => Promise<string>
  pages: (id: string) => Promise<Pages>
  /** The picture of a page, sharp at `width` pixels. */
  page: (id: string, page: number, width: number) => Promise<string>
  /** An address on the platform's own origin that downloads once, for WebViews too. */
  download: (id: string) => Promise<Download>
}

async function ask<T>(path: string, method: 'GET' | 'POST' = 'GET'): Promise<T> {
  const answer = await send(new Request(`${location.origin}/api/${path}`, { method }))
  if (!answer.ok) throw await ApiProblem.from(answer)
  return (await answer.json()) as T
}

const cache = new Map<string, { url: Promise<string>; until: number }>()

async function addressAt(path: string): Promise<string> {
  return (await ask<{ url: string }>(path)).url
}

function cached(path: string, read: () => Promise<string> = () => addressAt(path)): Promise<string> {
  const known = cache.get(path)
  if (known && known.until > Date.now()) return known.url
  const url = read()
  cache.set(path, { url, until: Date.now() + LIVES })
  url.catch(() => cache.delete(path))
  return url
}

function filesBelow(path: string): FileSource {
  return {
    address: (id, preview) => cached(`${path}/${id}/address${preview ? '?preview=true' : ''}`),
    pages: (id) => ask<Pages>(`${path}/${id}/pages`),
    page: (id, page, width) => cached(`${path}/${id}/pages/${page}?width=${width}`),
    download: (id) => ask<Download>(`${path}/${id}/address`, 'POST'),
  }
}

interface WantedPreview {
  entry_id: string
  evidence_id: string
  give: (url: string) => void
  fail: (error: unknown) => void
}

/** As many small pictures as one request may ask for. */
const AT_ONCE = 100
let previews: WantedPreview[] = []

/** The small picture of a file of the board. A page of the board has dozens: those of one moment are one request. */
function boardPreview(entry_id: string, evidence_id: string): Promise<string> {
  return new Promise((give, fail) => {
    if (!previews.length) setTimeout(() => void askPreviews())
    previews.push({ entry_id, evidence_id, give, fail })
  })
}

async function askPreviews(): Promise<void> {
  const all = previews
  previews = []
  for (let from = 0; from < all.length; from += AT_ONCE) {
    const some = all.slice(from, from + AT_ONCE)
    try {
      const files = some.map(({ entry_id, evidence_id }) => ({ entry_id, evidence_id }))
      const { items } = await data(publicity.POST('/board/previews', { body: { files } }))
      const found = new Map(items.map((item) => [item.entry_id + item.evidence_id, item.url]))
      for (const { entry_id, evidence_id, give, fail } of some) {
        const url = found.get(entry_id + evidence_id)
        if (url) give(url)
        else fail(new Error('no small picture'))
      }
    } catch (error) {
      for (const { fail } of some) fail(error)
    }
  }
}

/** Evidence of records: for those who uploaded it or may see its record. */
export const recordFiles = filesBelow('records/evidence')
/** Files of complaints and appeals. */
export const caseFiles = filesBelow('publicity/case-files')
/** Evidence of an entry on the board. */
export function boardFiles(entry_id: string): FileSource {
  const path = `publicity/board/${entry_id}/evidence`
  const files = filesBelow(path)
  const address: FileSource['address'] = (id, preview) =>
    preview ? cached(`${path}/${id}/small`, () => boardPreview(entry_id, id)) : files.address(id, false)
  return { ...files, address }
}
/** Evidence of a record that a student shares. */
export const sharedFiles = (record_id: string) => filesBelow(`records/shared/${record_id}/evidence`)
/** The photo of a student's profile; the id is the student's. */
export const photoFile: FileSource = {
  ...filesBelow('identity/students'),
  address: (id, preview) => cached(`identity/students/${id}/photo${preview ? '?preview=true' : ''}`),
}
/** Sealed archives. */
export const archiveFiles = filesBelow('archive/archives')
/** Proofs of a backfilled term. */
export const backfillFiles = (backfill_id: string) => filesBelow(`archive/backfills/${backfill_id}/evidence`)
/** What proves an application for a change of enrolment. */
export const enrolmentFiles = (application_id: string) =>
  filesBelow(`identity/enrolment-applications/${application_id}/files`)

/** After an address was used too late, the next one is a new one. */
export function forgetAddresses(id: string): void {
  for (const path of cache.keys()) if (path.includes(`/${id}/`)) cache.delete(path)
}

/** Addresses for the kit's viewer (`EvidenceViewer`, `Picture`). */
export function pictureSource(source: FileSource): PictureSource {
  return async ({ id, kind }, page, size) => {
    if (kind === 'other') return null
    if (kind === 'image') return source.address(id, size === 'small')
    if (size === 'small' && page === 1) return source.address(id, true)
    return source.page(id, page, size === 'small' ? 240 : Math.round(window.innerWidth * window.devicePixelRatio))
  }
}

/** The files for the kit's viewer; how many pages PDFs have is asked when they are shown. */
export function useEvidence(files: Ref<readonly KnownFile[]>, source: () => FileSource) {
  const pages = reactive(new Map<string, number>())
  watch(
    files,
    (all) => {
      for (const { evidence_id: id, media_type } of all) {
        if (media_type !== PDF || pages.has(id)) continue
        pages.set(id, 1)
        void source()
          .pages(id)
          .then((found) => pages.set(id, Math.max(1, found.drawn.length)))
          .catch(() => undefined) // the first page has a small picture at least
      }
    },
    { immediate: true },
  )
  return computed<Evidence[]>(() =>
    files.value.map(({ evidence_id: id, media_type }) => ({
      id,
      title: fileWord(media_type),
      kind: media_type.startsWith(IMAGE) ? 'image' : media_type === PDF ? 'pdf' : 'other',
      pages: pages.get(id),
    })),
  )
}

/**
 * The address of one small picture. Give `onError` to the `<img>`: an address that was used too late is fetched once more, then the
 * picture counts as broken.
 */
export function usePreview(source: () => FileSource, id: Ref<string | null>) {
  const url = ref<string | null>(null)
  const problem = ref<ApiProblem | null>(null)
  const broken = ref(false)
  let tried = 0
  let gone = false

  async function load() {
    const asked = id.value
    if (!asked) return
    try {
      const found = await source().address(asked, true)
      if (!gone && id.value === asked) url.value = found
    } catch (error) {
      if (!gone && id.value === asked) problem.value = problemOf(error)
    }
  }

  function onError() {
    if (!id.value || tried++ > 0) {
      broken.value = true
      return
    }
    forgetAddresses(id.value)
    void load()
  }

  watch(
    id,
    () => {
      tried = 0
      broken.value = false
      problem.value = url.value = null
      void load()
    },
    { immediate: true },
  )
  onScopeDispose(() => (gone = true))
  return { url, problem, broken, onError }
}

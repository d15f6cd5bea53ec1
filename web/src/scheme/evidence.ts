/** How many files prove a record, of which types and sizes (JX-03); the sentences of the server. */
import type { EvidenceRules } from './model'

const MEDIA_TYPES: Record<string, string> = {
  image: 'image/',
  pdf: 'application/pdf',
  video: 'video/',
  audio: 'audio/',
}
const TITLES: Record<string, string> = { image: '图片', pdf: 'PDF', video: '视频', audio: '音频' }

/** What a file is called where its picture stands, also for who cannot see it: the word that is written on it. */
export function fileWord(media_type: string): string {
  if (media_type.startsWith('image/')) return '照片'
  return media_type === 'application/pdf' ? 'PDF' : '文件'
}

export interface FileFacts {
  media_type: string
  size: number
}

/** A size for readers, rounded down: 10MB, 512KB. */
export function shownSize(bytes: number): string {
  return bytes >= 2 ** 20 ? `${Math.floor(bytes / 2 ** 20)}MB` : `${Math.max(1, Math.floor(bytes / 2 ** 10))}KB`
}

/** What the evidence may be, for the line above it: 图片或 PDF，每个不超过 10MB. */
export function rulesText(rules: EvidenceRules): string {
  const titles = rules.types.map((type) => TITLES[type] ?? type)
  return `${titles.join('或 ')}，每个不超过 ${shownSize(rules.max_bytes)}`
}

export function countProblem(rules: EvidenceRules, count: number, word: string): string | null {
  if (count < rules.min) return `请至少上传${rules.min}份${word}`
  if (count <= rules.max) return null
  return rules.max ? `${word}最多${rules.max}份，现有${count}份` : `这里不需要${word}`
}

export function typeProblem(rules: EvidenceRules, file: FileFacts): string | null {
  if (rules.types.some((type) => file.media_type.startsWith(MEDIA_TYPES[type] ?? '-'))) return null
  return `这里只能上传${rules.types.map((type) => TITLES[type] ?? type).join('、')}`
}

export function sizeProblem(rules: EvidenceRules, file: FileFacts): string | null {
  return file.size > rules.max_bytes ? `文件不能超过${shownSize(rules.max_bytes)}` : null
}

/** Everything that is wrong with these files; a problem names `evidence`, or `evidence.0` for the first file. */
export function evidenceProblems(rules: EvidenceRules, files: FileFacts[], word = '佐证材料') {
  const found: { field: string; code: string; message: string }[] = []
  const wrong = countProblem(rules, files.length, word)
  if (wrong) found.push({ field: 'evidence', code: files.length < rules.min ? 'min' : 'max', message: wrong })
  if (!rules.max) return found
  files.forEach((file, index) => {
    const field = `evidence.${index}`
    const [type, size] = [typeProblem(rules, file), sizeProblem(rules, file)]
    if (type) found.push({ field, code: 'types', message: type })
    if (size) found.push({ field, code: 'max_bytes', message: size })
  })
  return found
}

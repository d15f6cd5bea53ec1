/** The identity documents that schools register (`people.DocumentType`); the registry number is for whoever has none. */
import type { components } from '@/api/generated/identity'
import type { Option } from '@/ui/choices'

export type DocumentType = NonNullable<components['schemas']['OwnCard']['document_type']>

export const DOCUMENTS: readonly (Option & { id: DocumentType })[] = [
  { id: 'resident_id', title: '居民身份证' },
  { id: 'residence_permit', title: '港澳台居民居住证' },
  { id: 'hong_kong_macao_permit', title: '港澳居民来往内地通行证' },
  { id: 'taiwan_permit', title: '台湾居民来往大陆通行证' },
  { id: 'passport', title: '护照' },
  { id: 'foreign_permanent_residence', title: '外国人永久居留身份证' },
  { id: 'other', title: '其他证件' },
]

const REGISTRY = 'registry'

/** For students: with the registry number in the place of a document. */
export const STUDENT_DOCUMENTS: readonly Option[] = [...DOCUMENTS, { id: REGISTRY, title: '没有证件，用学籍号' }]

/** What the service is told of a choice: nothing where the number says by itself what it is. */
export function documentType(choice: string): DocumentType | null {
  return choice === REGISTRY ? null : (choice as DocumentType)
}

/** The classes of the school in its own order. */
import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { data, identity } from '@/api/client'
import type { components } from '@/api/generated/identity'

export type SchoolClass = components['schemas']['ClassView']
export type Student = components['schemas']['StudentView']
export type Staff = components['schemas']['StaffView']

export const nameOf = ({ grade_title, title }: SchoolClass) => `${grade_title}${title}`

export function useClasses() {
  const query = useQuery({
    queryKey: ['identity', 'classes'],
    queryFn: () => data(identity.GET('/classes', { params: { query: {} } })),
  })
  const options = computed(() => (query.data.value?.items ?? []).map((one) => ({ id: one.path, title: nameOf(one) })))
  return { query, options }
}

export const STATUS: Record<string, string> = {
  enrolled: '在读',
  borrowed: '借读',
  suspended: '休学',
  left: '离校',
}
export const DOCUMENTS: Record<string, string> = {
  resident_id: '居民身份证',
  residence_permit: '港澳台居民居住证',
  hong_kong_macao_permit: '港澳居民来往内地通行证',
  taiwan_permit: '台湾居民来往大陆通行证',
  passport: '护照',
  foreign_permanent_residence: '外国人永久居留身份证',
  other: '其他证件',
  none: '没有证件',
}

/** What students have of each term and stage. */
import { useQuery } from '@tanstack/vue-query'
import { archive, data, identity } from '@/api/client'
import type { components } from '@/api/generated/archive'
import { computed, type Ref } from 'vue'

export type StudentSets = components['schemas']['StudentSetsView']
export type TermSet = components['schemas']['TermSetView']

/** The stages of a student, also at earlier schools. */
export function useStudentSets(id: Ref<string>) {
  return useQuery({
    queryKey: ['archive', 'term-sets', id],
    queryFn: () => data(archive.GET('/term-sets/{student_id}', { params: { path: { student_id: id.value } } })),
    enabled: computed(() => id.value !== ''),
  })
}

/** The students of a class with their stages. */
export function useClassSets(path: Ref<string>) {
  return useQuery({
    queryKey: ['archive', 'term-sets', 'class', path],
    queryFn: () => data(archive.GET('/term-sets', { params: { query: { path: path.value } } })),
    enabled: computed(() => path.value !== ''),
  })
}

/** The classes that this card sees, with their grade. */
export function useOwnClasses() {
  return useQuery({
    queryKey: ['identity', 'classes', null],
    queryFn: async () => (await data(identity.GET('/classes', { params: { query: {} } }))).items,
  })
}

/** 优秀，已归档; 缺. */
export function said({ result, archive_id, missing }: TermSet): string {
  if (missing) return '缺'
  return [result, archive_id ? '已归档' : '未归档'].filter(Boolean).join('，')
}

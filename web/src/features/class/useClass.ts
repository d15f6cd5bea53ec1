/** The class of the card: what each student has and lacks, and who uses the platform. */
import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { data, records } from '@/api/client'
import type { components } from '@/api/generated/records'
import { card } from '@/app/session'
import { useClassAccounts } from '@/data/class-accounts'
import { useHome } from '@/data/home'

export type Line = components['schemas']['StudentLine']

export function useClass() {
  const path = computed(() => card.value?.path ?? null)
  const progress = useQuery({
    queryKey: ['records', 'progress', path],
    queryFn: () => data(records.GET('/progress', { params: { query: { path: path.value } } })),
    enabled: computed(() => path.value !== null),
  })
  const archive = useHome('archive')
  /** Which evaluations each student lacks, by title. */
  const missing = computed(() => {
    const found = new Map<string, string[]>()
    for (const { title, students } of archive.data.value?.missing ?? [])
      for (const { student_id } of students) found.set(student_id, [...(found.get(student_id) ?? []), title])
    return found
  })
  const { accounts, accountOf } = useClassAccounts(path)
  return { path, progress, missing, accounts, accountOf }
}

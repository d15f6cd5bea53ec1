/** The archives of the card's student. */
import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { archive, data } from '@/api/client'
import type { components } from '@/api/generated/archive'
import { card } from '@/app/session'

export type Archive = components['schemas']['ArchiveView']
export type Content = components['schemas']['ContentView']
export type Career = components['schemas']['CareerView']

/** All versions of all archives of the card's student, or of the student that staff look at, newest first. */
export function useArchives(of: () => string | null = () => null) {
  const student_id = computed(() => card.value?.student_id ?? of())
  return useQuery({
    queryKey: ['archive', 'archives', student_id],
    queryFn: async () => {
      const query = { student_id: student_id.value, limit: 100 }
      return (await data(archive.GET('/archives', { params: { query } }))).items
    },
    enabled: computed(() => student_id.value !== null),
  })
}

/** What may be picked for the career archive, what is picked, and the archive once it is ready. */
export function useCareer() {
  const student_id = computed(() => card.value?.student_id ?? '')
  return useQuery({
    queryKey: ['archive', 'career', student_id],
    queryFn: () => data(archive.GET('/career/{student_id}', { params: { path: { student_id: student_id.value } } })),
    enabled: computed(() => student_id.value !== ''),
    // While it is being made it is asked again: it is ready after seconds.
    refetchInterval: (query) => (query.state.data?.state === 'sealing' ? 2000 : false),
  })
}

/** 7K3M Q9TX HW4D 2VRP N8CE: as it is read out and typed. */
export function spaced(code: string): string {
  return code.replace(/-/g, ' ')
}

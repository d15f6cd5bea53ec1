/** The workbooks with education ids: of a class or school, or of its staff (BJ-02). */
import { useMutation } from '@tanstack/vue-query'
import { data, identity } from '@/api/client'
import { download } from '@/app/hosts'

export function useStudentIds() {
  return useMutation({
    mutationFn: (path: string | null) => data(identity.POST('/students/education-ids', { body: { path } })),
    onSuccess: ({ url }) => download(url),
  })
}

export function useStaffIds() {
  return useMutation({
    mutationFn: () => data(identity.POST('/staff/education-ids')),
    onSuccess: ({ url }) => download(url),
  })
}

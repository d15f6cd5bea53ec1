/** Growth handbooks of classes and grades: asked for, followed, downloaded (BJ-09). */
import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { archive, data } from '@/api/client'
import type { components } from '@/api/generated/archive'

export type HandbookRun = components['schemas']['HandbookRunView']
export type HandbookFile = components['schemas']['HandbookFileView']

/** What this account asked for, asked again while something is made. */
export function useHandbookRuns() {
  return useQuery({
    queryKey: ['archive', 'handbook-runs'],
    queryFn: async () => (await data(archive.GET('/handbook-runs', { params: { query: { limit: 20 } } }))).items,
    refetchInterval: (query) => (query.state.data?.some(({ state }) => state === 'making') ? 1500 : false),
  })
}

/** Begins to make the handbooks of a class or grade. */
export function useHandbookOrder() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (path: string) => data(archive.POST('/handbook-runs', { body: { path } })),
    onSuccess: () => client.invalidateQueries({ queryKey: ['archive', 'handbook-runs'] }),
  })
}

/** Downloads one ZIP. */
export function useHandbookTake() {
  return useMutation({
    mutationFn: async ({ run, file }: { run: HandbookRun; file: HandbookFile }) => {
      const params = { path: { run_id: run.id, number: file.number } }
      const { url } = await data(archive.POST('/handbook-runs/{run_id}/files/{number}/address', { params }))
      window.location.assign(url)
    },
  })
}

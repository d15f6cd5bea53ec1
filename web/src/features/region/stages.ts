/** The stages of a scheme and the lengths that its schools may have, as choices. */
import { useQuery } from '@tanstack/vue-query'
import { computed, type Ref } from 'vue'
import { data, identity, records } from '@/api/client'

export type StageId = 'primary' | 'junior_secondary' | 'senior_secondary' | 'vocational'
const TITLES: Record<StageId, string> = {
  primary: '小学',
  junior_secondary: '初中',
  senior_secondary: '高中',
  vocational: '中职',
}

/** For schools that are created in an organisation: of the scheme there. */
export function useSchoolStages(path: Ref<string>, enabled: Ref<boolean>) {
  const own = useQuery({
    queryKey: ['identity', 'organisation', path],
    queryFn: async () =>
      (await data(identity.GET('/organisations', { params: { query: { under: path.value } } }))).items[0] ?? null,
    enabled,
  })
  const scheme = useQuery({
    queryKey: ['records', 'scheme', computed(() => [own.data.value?.scheme_id, own.data.value?.scheme_version])],
    queryFn: () => {
      const { scheme_id, scheme_version } = own.data.value ?? {}
      const found = { scheme_id: scheme_id ?? '', version: scheme_version ?? '' }
      return data(records.GET('/schemes/{scheme_id}/{version}', { params: { path: found } }))
    },
    enabled: computed(() => enabled.value && Boolean(own.data.value?.scheme_id)),
    staleTime: Infinity,
  })
  return computed(() =>
    (scheme.data.value?.school_stages ?? []).map(({ id, lengths }) => ({
      id,
      title: TITLES[id],
      lengths: lengths.map(({ years, first_grade }) => ({
        id: String(years),
        title: `${years} 年`,
        note: `${first_grade} 至 ${first_grade + years - 1} 年级`,
      })),
    })),
  )
}

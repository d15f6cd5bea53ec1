/** The stages of a scheme and the lengths that its schools may have, as choices. */
import { useQuery } from '@tanstack/vue-query'
import { computed, type Ref } from 'vue'
import { data, identity, records } from '@/api/client'
import { STAGE_TITLES } from '@/data/stages'

/** An organisation with its version. */
export function useOrganisation(path: Ref<string>, enabled: Ref<boolean>) {
  return useQuery({
    queryKey: ['identity', 'organisation', path],
    queryFn: async () =>
      (await data(identity.GET('/organisations', { params: { query: { under: path.value } } }))).items[0] ?? null,
    enabled,
  })
}

/** For schools that are created in an organisation, or for a school: of the scheme there. */
export function useSchoolStages(path: Ref<string>, enabled: Ref<boolean>) {
  const own = useOrganisation(path, enabled)
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
      title: STAGE_TITLES[id],
      lengths: lengths.map(({ years, first_grade }) => ({
        id: String(years),
        title: `${years} 年`,
        note: `${first_grade} 至 ${first_grade + years - 1} 年级`,
      })),
    })),
  )
}

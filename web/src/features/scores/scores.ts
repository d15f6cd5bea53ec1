/** The score sheets of classes, and what the card may do with them (BJ-10, X-15). */
import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed } from 'vue'
import { archive, data, records } from '@/api/client'
import type { components } from '@/api/generated/archive'
import { useQueryParam } from '@/ui/address'

type Schemas = components['schemas']
export type Head = Schemas['SheetHead']
export type Sheet = Schemas['SheetView']
export type Part = Schemas['ScorePartView']
export type Row = Schemas['StudentScoreView']
export type Reason = Schemas['ReasonView']
export type Asked = Schemas['AskedConsentView']
export type OwnScore = Schemas['OwnScoreView']
export type Adjustment = Schemas['AdjustmentView']
export type Action = 'pass' | 'return' | 'lock' | 'unlock'

/** The term of the address, else the newest one. */
function useTerm() {
  const chosen = useQueryParam('term')
  const terms = useQuery({
    queryKey: ['records', 'terms'],
    queryFn: () => data(records.GET('/terms', { params: { query: {} } })),
  })
  const term_id = computed(() => chosen.value || (terms.data.value?.items[0]?.id ?? ''))
  return { terms, term_id }
}

/** The classes in the card's scope, and the sheet of the one in the address. */
export function useSheets() {
  const { terms, term_id } = useTerm()
  const path = useQueryParam('class')
  const heads = useQuery({
    queryKey: ['archive', 'score-sheets', term_id],
    queryFn: async () => {
      const found: Head[] = []
      let cursor: string | null = null
      do {
        const query: { term_id: string; limit: number; cursor: string | null } = {
          term_id: term_id.value,
          limit: 200,
          cursor,
        }
        const page: Schemas['Page_SheetHead_'] = await data(archive.GET('/score-sheets', { params: { query } }))
        found.push(...page.items)
        cursor = page.next ?? null
      } while (cursor)
      return found
    },
    enabled: computed(() => term_id.value !== ''),
  })
  const here = computed(() => heads.data.value?.find((one) => one.path === path.value) ?? heads.data.value?.[0] ?? null)
  const sheet = useQuery({
    queryKey: ['archive', 'score-sheet', term_id, computed(() => here.value?.path ?? '')],
    queryFn: () => {
      const query = { term_id: term_id.value, path: here.value?.path ?? '' }
      return data(archive.GET('/scores', { params: { query } }))
    },
    enabled: computed(() => here.value !== null),
  })
  const client = useQueryClient()
  const refresh = () => client.invalidateQueries({ queryKey: ['archive'] })
  return { term_id, terms, path, heads, here, sheet, refresh }
}

/** What the own side sees of the newest term. */
export function useOwnScores() {
  const { terms, term_id } = useTerm()
  const own = useQuery({
    queryKey: ['archive', 'own-scores', term_id],
    queryFn: () => data(archive.GET('/scores/own', { params: { query: { term_id: term_id.value } } })),
    enabled: computed(() => term_id.value !== ''),
  })
  return { terms, own }
}

/** Points with their sign: +5, -3. */
export const signed = (points: number) => (points > 0 ? `+${points}` : `${points}`)

export const VERBS: Record<Action, string> = { pass: '通过', return: '退回', lock: '锁定', unlock: '解锁' }

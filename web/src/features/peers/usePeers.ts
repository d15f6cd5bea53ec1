/**
 * A student's classmates and what this student says of each: kept on this device first, sent card by card or many at once, and
 * final when submitted (CS-12). What could not be sent stays and is sent when the network is back.
 */
import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, onBeforeUnmount, ref } from 'vue'
import { archive, data } from '@/api/client'
import type { components } from '@/api/generated/archive'
import { problemOf } from '@/api/problem'
import { useHome } from '@/data/home'
import { useTermSchemes } from '@/data/term-scheme'
import { useDraft } from '@/drafts'

export type PeerCard = components['schemas']['PeerCardView']
/** Choices and texts by dimension; '' where the evaluation has none. */
export type Answers = Record<string, { choice?: string; text?: string }>

export function usePeers() {
  const client = useQueryClient()
  const home = useHome('archive')
  const one = computed(() => home.data.value?.evaluations?.find(({ about, mine }) => about === 'classmates' && mine))
  const sheet = useQuery({
    queryKey: ['archive', 'peer-sheet', computed(() => [one.value?.term_id, one.value?.type])],
    queryFn: () => {
      const { term_id = '', type = '' } = one.value ?? {}
      return data(archive.GET('/peer-evaluations', { params: { query: { term_id, type } } }))
    },
    enabled: computed(() => one.value !== undefined),
  })
  const schemes = useTermSchemes(computed(() => (one.value ? [one.value.term_id] : undefined)))
  const rule = computed(() => schemes.data.value?.[0]?.scheme.evaluations?.find(({ id }) => id === one.value?.type))
  const dimensions = computed(() =>
    rule.value?.per_dimension
      ? (schemes.data.value?.[0]?.scheme.dimensions ?? []).map(({ id, title = '', criteria }) => ({
          id,
          title,
          criteria,
        }))
      : [{ id: '', title: rule.value?.title ?? '', criteria: undefined }],
  )
  const choices = computed(() => rule.value?.choices ?? [])
  const hasText = computed(() => Boolean(rule.value?.text))
  const cards = computed(() => sheet.data.value?.cards ?? [])

  const draft = useDraft<{ cards: Record<string, Answers> }>(
    computed(() => (one.value ? `peers|${one.value.term_id}|${one.value.type}` : null)),
    () => ({ cards: {} }),
    () => one.value?.title ?? '互评',
  )
  const refused = ref(new Map<string, string>())

  const stored = (card: PeerCard): Answers =>
    Object.fromEntries(
      card.answers.map(({ dimension, choice, text }) => [dimension ?? '', { choice: choice ?? undefined, text }]),
    )
  /** What is shown of a card: what was written here, else what the service has. */
  const answersOf = (card: PeerCard): Answers => ({ ...stored(card), ...draft.content.value.cards[card.student_id] })
  const isWhole = (card: PeerCard) => {
    const answers = answersOf(card)
    return dimensions.value.every(
      ({ id }) => (!choices.value.length || answers[id]?.choice) && (!hasText.value || answers[id]?.text?.trim()),
    )
  }
  const isUnsent = (card: PeerCard) => card.student_id in draft.content.value.cards
  const isDone = (card: PeerCard) => !isUnsent(card) && card.answers.length > 0
  const unsent = computed(() => cards.value.filter((card) => isUnsent(card) && isWhole(card)))
  const done = computed(() => cards.value.filter((card) => isWhole(card)).length)

  function write(card: PeerCard, dimension: string, change: { choice?: string; text?: string }) {
    if (card.submitted) return
    const answers = { ...answersOf(card), [dimension]: { ...answersOf(card)[dimension], ...change } }
    draft.content.value = { cards: { ...draft.content.value.cards, [card.student_id]: answers } }
    refused.value.delete(card.student_id)
  }

  /** Sends whole cards in one request; those that were saved leave the draft, unless they were changed meanwhile. */
  const save = useMutation({
    mutationFn: async (sent: readonly PeerCard[]) => {
      const { term_id = '', type = '' } = one.value ?? {}
      const before = new Map(sent.map((card) => [card.student_id, draft.content.value.cards[card.student_id]]))
      const body = sent.map((card) => {
        const answers = answersOf(card)
        return {
          student_id: card.student_id,
          answers: dimensions.value.map(({ id }) => ({
            dimension: id || null,
            choice: answers[id]?.choice ?? null,
            text: answers[id]?.text ?? '',
          })),
        }
      })
      await draft.flush()
      const { results } = await data(archive.PUT('/peer-evaluations', { body: { term_id, type, cards: body } }))
      await client.invalidateQueries({ queryKey: ['archive', 'peer-sheet'] })
      const gone = new Set<string>()
      for (const { student_id, ok, detail } of results) {
        if (ok && draft.content.value.cards[student_id] === before.get(student_id)) gone.add(student_id)
        if (!ok) refused.value.set(student_id, detail ?? '没有保存')
      }
      const rest = Object.fromEntries(Object.entries(draft.content.value.cards).filter(([id]) => !gone.has(id)))
      if (Object.keys(rest).length) draft.content.value = { cards: rest }
      else await draft.discard()
      return results
    },
  })
  const sendAll = () => {
    if (!save.isPending.value && unsent.value.length) save.mutate(unsent.value)
  }
  addEventListener('online', sendAll)
  onBeforeUnmount(() => removeEventListener('online', sendAll))

  const submit = useMutation({
    mutationFn: async () => {
      const { term_id = '', type = '' } = one.value ?? {}
      if (unsent.value.length) await save.mutateAsync(unsent.value)
      await data(archive.POST('/peer-evaluations/submission', { body: { term_id, type } }))
      await client.invalidateQueries({ queryKey: ['archive'] })
    },
  })
  const problem = computed(() => {
    const error = submit.error.value ?? save.error.value
    return error ? problemOf(error) : null
  })
  const parts = [home, schemes, sheet]
  const screen = {
    data: computed(() =>
      home.data.value && !one.value ? [] : sheet.data.value && schemes.data.value ? sheet.data.value.cards : undefined,
    ),
    error: computed(() => parts.map(({ error }) => error.value).find(Boolean) ?? null),
    isFetching: computed(() => parts.some(({ isFetching }) => isFetching.value)),
    dataUpdatedAt: sheet.dataUpdatedAt,
    refetch: () => Promise.all(parts.map((part) => part.refetch())),
  }
  return {
    one,
    sheet,
    screen,
    rule,
    dimensions,
    choices,
    hasText,
    cards,
    draft,
    refused,
    answersOf,
    isWhole,
    isUnsent,
    isDone,
    unsent,
    done,
    write,
    save,
    sendAll,
    submit,
    problem,
  }
}

export type Peers = ReturnType<typeof usePeers>

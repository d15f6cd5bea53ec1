/** After a card was taken or activated: act with the new one. */
import type { components } from '@/api/generated/identity'
import { chooseCard, noteCards, session } from '@/app/session'
import { queryClient } from '@/data/queries'
import { toast } from '@/ui/toast'

/** Switches to the card that was not there before; answers whether there is one. */
export async function actWithNew(answer: components['schemas']['Cards']): Promise<boolean> {
  const before = new Set(session.known?.cards.map(({ id }) => id))
  const fresh =
    answer.cards.find(({ id }) => !before.has(id)) ?? (answer.cards.length === 1 ? answer.cards[0] : undefined)
  noteCards(answer.cards)
  await queryClient.invalidateQueries({ queryKey: ['identity', 'me'] })
  if (!fresh || fresh.id === session.known?.card?.id) return false
  await chooseCard(fresh.id)
  toast(`领到了 ${fresh.student_name ?? fresh.name} 的身份卡`)
  return true
}

/** The account: its cards, offered and suspended ones, notices. */
import { useQuery } from '@tanstack/vue-query'
import { data, identity } from '@/api/client'
import { noteCards } from '@/app/session'

export function useMe() {
  return useQuery({
    queryKey: ['identity', 'me'],
    queryFn: async () => {
      const me = await data(identity.GET('/me'))
      noteCards(me.cards)
      return me
    },
  })
}
